package dev.hone.serving.openinference;

import com.google.protobuf.ByteString;
import dev.hone.openinference.InferTensorContents;
import dev.hone.openinference.ModelInferRequest;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.request.Fields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads inputs, whether in lists or raw, and writes texts in either form. */
final class Tensors {
    static final String BYTES = "BYTES";
    static final String BOOL = "BOOL";

    private final ModelInferRequest request;

    Tensors(ModelInferRequest request) throws Refusal {
        this.request = request;
        if (isRaw() && request.getRawInputContentsCount() != request.getInputsCount()) {
            throw Fields.invalid("raw_input_contents", "Expected raw contents for each of the " + request.getInputsCount() + " inputs, found " + request.getRawInputContentsCount() + ".");
        }
    }

    boolean isRaw() {
        return request.getRawInputContentsCount() > 0;
    }

    /** @return as many texts as the shape says; empty if there is no such input */
    List<String> texts(String name) throws Refusal {
        Optional<Integer> place = place(name, BYTES);
        if (place.isEmpty()) {
            return List.of();
        }
        List<ByteString> elements = isRaw() ? unpacked(request.getRawInputContents(place.get()), name) : contents(place.get()).getBytesContentsList();
        requireShape(place.get(), elements.size());
        return elements.stream().map(ByteString::toStringUtf8).toList();
    }

    /** One truth value. */
    Optional<Boolean> flag(String name) throws Refusal {
        Optional<Integer> place = place(name, BOOL);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        List<Boolean> values = isRaw() ? request.getRawInputContents(place.get()).asReadOnlyByteBuffer().remaining() == 1
                ? List.of(request.getRawInputContents(place.get()).byteAt(0) != 0) : List.of() : contents(place.get()).getBoolContentsList();
        requireShape(place.get(), values.size());
        if (values.size() != 1) {
            throw Fields.invalid(name, "Expected one value in input \"" + name + "\", found " + values.size() + ".");
        }
        return Optional.of(values.getFirst());
    }

    private Optional<Integer> place(String name, String datatype) throws Refusal {
        for (int i = 0; i < request.getInputsCount(); i++) {
            if (request.getInputs(i).getName().equals(name)) {
                if (!request.getInputs(i).getDatatype().equals(datatype)) {
                    throw Fields.invalid(name, "Expected input \"" + name + "\" of datatype " + datatype + ", found " + request.getInputs(i).getDatatype() + ".");
                }
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    private InferTensorContents contents(int place) {
        return request.getInputs(place).getContents();
    }

    private void requireShape(int place, int elements) throws Refusal {
        long expected = request.getInputs(place).getShapeList().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
        if (expected != elements) {
            throw Fields.invalid(request.getInputs(place).getName(), "Expected " + expected + " elements in input \"" + request.getInputs(place).getName()
                    + "\", as its shape " + request.getInputs(place).getShapeList() + " says, found " + elements + ".");
        }
    }

    /** Each element after its length in four little-endian bytes. */
    private static List<ByteString> unpacked(ByteString raw, String name) throws Refusal {
        List<ByteString> elements = new ArrayList<>();
        int at = 0;
        while (at < raw.size()) {
            int length = raw.size() - at < Integer.BYTES ? -1 : raw.substring(at, at + Integer.BYTES).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getInt();
            if (length < 0 || length > raw.size() - at - Integer.BYTES) {
                throw Fields.invalid(name, "Expected raw BYTES in input \"" + name + "\" as elements after their lengths in four bytes, found a length that leads beyond the end.");
            }
            elements.add(raw.substring(at + Integer.BYTES, at + Integer.BYTES + length));
            at += Integer.BYTES + length;
        }
        return elements;
    }

    static ByteString packed(List<String> texts) {
        ByteString.Output out = ByteString.newOutput();
        for (String text : texts) {
            ByteString bytes = ByteString.copyFromUtf8(text);
            byte[] length = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.size()).array();
            out.write(length, 0, length.length);
            out.write(bytes.toByteArray(), 0, bytes.size());
        }
        return out.toByteString();
    }
}
