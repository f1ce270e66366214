package dev.hone.serving;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What grpcurl does, by the same means: asks the server's reflection for the service, and sends and reads JSON. */
final class GrpcTool {
    private final ManagedChannel channel;
    private final Map<String, FileDescriptor> files = new HashMap<>();

    GrpcTool(ManagedChannel channel) {
        this.channel = channel;
    }

    /** grpcurl itself, where this machine has it. */
    static Optional<Path> binary() {
        return Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, "grpcurl")).filter(Files::isExecutable).findFirst();
    }

    /** @return its output: JSON messages one after the other */
    static String run(Path binary, String address, String method, String json) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(binary.toString(), "-plaintext", "-d", json, address, method).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError("grpcurl " + method + " failed: " + output);
        }
        return output;
    }

    List<String> services() {
        return reflect(ServerReflectionRequest.newBuilder().setListServices("").build()).getListServicesResponse().getServiceList().stream()
                .map(service -> service.getName()).toList();
    }

    /** @param method such as {@code hone.v1.Inference/Chat} @return each message as JSON */
    List<String> call(String method, String json) {
        String service = method.substring(0, method.indexOf('/'));
        FileDescriptor file = file(reflect(ServerReflectionRequest.newBuilder().setFileContainingSymbol(service).build()));
        MethodDescriptor called = file.findServiceByName(service.substring(service.lastIndexOf('.') + 1)).findMethodByName(method.substring(method.indexOf('/') + 1));
        List<String> replies = new ArrayList<>();
        try {
            DynamicMessage.Builder request = DynamicMessage.newBuilder(called.getInputType());
            JsonFormat.parser().merge(json, request);
            Iterator<DynamicMessage> messages = ClientCalls.blockingServerStreamingCall(channel, grpc(called), CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS), request.build());
            while (messages.hasNext()) {
                replies.add(JsonFormat.printer().omittingInsignificantWhitespace().print(messages.next()));
            }
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
        return replies;
    }

    private static io.grpc.MethodDescriptor<DynamicMessage, DynamicMessage> grpc(MethodDescriptor method) {
        return io.grpc.MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
                .setType(method.isServerStreaming() ? io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING : io.grpc.MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(method.getService().getFullName() + "/" + method.getName())
                .setRequestMarshaller(ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getInputType())))
                .setResponseMarshaller(ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getOutputType()))).build();
    }

    /** The file that was asked for is the first of those that come; what it imports is asked for where it is missing. */
    private FileDescriptor file(ServerReflectionResponse response) {
        try {
            Map<String, FileDescriptorProto> come = new HashMap<>();
            String asked = null;
            for (ByteString bytes : response.getFileDescriptorResponse().getFileDescriptorProtoList()) {
                FileDescriptorProto proto = FileDescriptorProto.parseFrom(bytes);
                come.put(proto.getName(), proto);
                asked = asked == null ? proto.getName() : asked;
            }
            return built(asked, come);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private FileDescriptor built(String name, Map<String, FileDescriptorProto> come) {
        FileDescriptor known = files.get(name);
        if (known != null) {
            return known;
        }
        if (!come.containsKey(name)) {
            return file(reflect(ServerReflectionRequest.newBuilder().setFileByFilename(name).build()));
        }
        FileDescriptorProto proto = come.get(name);
        FileDescriptor[] imports = proto.getDependencyList().stream().map(one -> built(one, come)).toArray(FileDescriptor[]::new);
        try {
            FileDescriptor file = FileDescriptor.buildFrom(proto, imports);
            files.put(name, file);
            return file;
        } catch (DescriptorValidationException e) {
            throw new AssertionError(e);
        }
    }

    private ServerReflectionResponse reflect(ServerReflectionRequest request) {
        CompletableFuture<ServerReflectionResponse> first = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> ask = ServerReflectionGrpc.newStub(channel).serverReflectionInfo(new StreamObserver<>() {
            @Override
            public void onNext(ServerReflectionResponse response) {
                first.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                first.completeExceptionally(error);
            }

            @Override
            public void onCompleted() {}
        });
        ask.onNext(request);
        ServerReflectionResponse response = first.orTimeout(20, TimeUnit.SECONDS).join();
        ask.onCompleted();
        return response;
    }
}
