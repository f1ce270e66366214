package dev.hone.events;

import build.buf.protovalidate.Validator;
import build.buf.protovalidate.ValidatorFactory;
import build.buf.protovalidate.Violation;
import build.buf.protovalidate.exceptions.ValidationException;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Messages as proto3 JSON with the proto's own field names, and their rules. */
public final class EventJson {
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace();
    private static final Validator VALIDATOR = ValidatorFactory.newBuilder().build();

    private EventJson() {}

    public static String print(MessageOrBuilder message) {
        try {
            return PRINTER.print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("message " + message.getDescriptorForType().getFullName() + " has no JSON form", e);
        }
    }

    /** Parses and checks; a field the message does not have is an error that names it. */
    public static <T extends Message> T parse(String json, T prototype) throws InvalidEvent {
        return parse(json, prototype, false);
    }

    @SuppressWarnings("unchecked")
    static <T extends Message> T parse(String json, T prototype, boolean ignoreUnknownFields) throws InvalidEvent {
        Message.Builder builder = prototype.newBuilderForType();
        JsonFormat.Parser parser = ignoreUnknownFields ? JsonFormat.parser().ignoringUnknownFields() : JsonFormat.parser();
        try {
            parser.merge(json, builder);
        } catch (InvalidProtocolBufferException e) {
            throw new InvalidEvent("invalid_json", "Expected the JSON form of " + prototype.getDescriptorForType().getFullName()
                    + ", found something else: " + e.getMessage());
        }
        T message = (T) builder.build();
        check(message);
        return message;
    }

    /** Holds a message against the rules written in its {@code .proto}. */
    public static void check(Message message) throws InvalidEvent {
        List<Violation> violations;
        try {
            violations = VALIDATOR.validate(message).getViolations();
        } catch (ValidationException e) {
            throw new IllegalStateException("the rules of " + message.getDescriptorForType().getFullName() + " cannot be evaluated", e);
        }
        if (!violations.isEmpty()) {
            throw new InvalidEvent("broken_rule", message.getDescriptorForType().getName() + " breaks a rule: "
                    + violations.stream().map(EventJson::sentence).collect(Collectors.joining("; ")));
        }
    }

    private static String sentence(Violation violation) {
        String field = violation.toProto().getField().getElementsList().stream()
                .map(element -> element.getFieldName()).collect(Collectors.joining("."));
        return field + ": " + violation.toProto().getMessage();
    }
}
