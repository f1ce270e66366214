package dev.hone.architecture;

import build.buf.validate.FieldRules;
import build.buf.validate.Ignore;
import build.buf.validate.StringRules;
import build.buf.validate.ValidateProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.Deploy;
import dev.hone.v1.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The contracts in proto/, one line for each thing that another system may rely on. */
final class Contracts {
    private Contracts() {}

    static Stream<FileDescriptor> files() {
        return Stream.of(Recipe.getDescriptor(), Deploy.getDescriptor(), ChatRequest.getDescriptor()).map(Descriptor::getFile);
    }

    static List<String> lines() {
        List<String> lines = new ArrayList<>();
        files().forEach(file -> {
            file.getMessageTypes().forEach(message -> message.getFields().forEach(field -> lines.add(line(field))));
            file.getEnumTypes().forEach(type -> type.getValues().forEach(value -> lines.add(line(type, value.getName(), value.getNumber()))));
            file.getServices().forEach(service -> service.getMethods().forEach(method -> lines.add(line(service, method))));
        });
        return lines.stream().sorted().toList();
    }

    static FieldRules rules(FieldDescriptor field) {
        return field.getOptions().getExtension(ValidateProto.field);
    }

    /** A field that a sender from before it existed would be refused for. */
    static boolean mustBePresent(FieldDescriptor field) {
        FieldRules rules = rules(field);
        return rules.getRequired() || !field.hasPresence() && emptyBreaks(rules) && rules.getIgnore() != Ignore.IGNORE_IF_ZERO_VALUE;
    }

    private static boolean emptyBreaks(FieldRules rules) {
        StringRules text = rules.getString();
        return text.getMinLen() > 0 || !text.getPattern().isEmpty() || text.getInCount() > 0 && !text.getInList().contains("")
                || rules.getRepeated().getMinItems() > 0;
    }

    private static String line(FieldDescriptor field) {
        if (field.isMapField()) {
            return field.getFullName() + " = " + field.getNumber() + " map<" + type(field.getMessageType().findFieldByName("key")) + ", "
                    + type(field.getMessageType().findFieldByName("value")) + ">";
        }
        String presence = field.isRepeated() ? "repeated " : field.hasPresence() && field.getJavaType() != FieldDescriptor.JavaType.MESSAGE ? "optional " : "";
        return field.getFullName() + " = " + field.getNumber() + " " + presence + type(field) + (mustBePresent(field) ? " required" : "");
    }

    private static String line(EnumDescriptor type, String name, int number) {
        return type.getFullName() + "." + name + " = " + number;
    }

    private static String line(ServiceDescriptor service, MethodDescriptor method) {
        return service.getFullName() + "/" + method.getName() + " (" + method.getInputType().getFullName() + ") returns ("
                + (method.isServerStreaming() ? "stream " : "") + method.getOutputType().getFullName() + ")";
    }

    private static String type(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case MESSAGE -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            default -> field.getType().name().toLowerCase(java.util.Locale.ROOT);
        };
    }
}
