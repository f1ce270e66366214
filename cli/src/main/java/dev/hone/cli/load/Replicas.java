package dev.hone.cli.load;

import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.InferenceGrpc.InferenceBlockingStub;
import dev.hone.v1.ListModelsRequest;
import dev.hone.v1.ServedModel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The clients' view of the fleet: as a load balancer, it sends nothing to a replica that is known to be down. */
final class Replicas implements AutoCloseable {
    /** Each channel is one connection; a server takes some hundred streams on each. */
    private static final int CHANNELS = 4;

    private final List<Replica> all = new ArrayList<>();

    /** One process as long as it lives; its successor on the same port is another. */
    static final class Replica {
        private final int number;
        private final List<ManagedChannel> channels = new ArrayList<>();
        private volatile boolean up = true;
        private volatile boolean killed;

        private Replica(int number, int port) {
            this.number = number;
            for (int i = 0; i < CHANNELS; i++) {
                channels.add(NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build());
            }
        }

        int number() {
            return number;
        }

        boolean isKilled() {
            return killed;
        }

        InferenceBlockingStub stub(int client) {
            return InferenceGrpc.newBlockingStub(channels.get(client % CHANNELS));
        }

        Optional<ServedModel> model(String name) {
            return stub(0).withDeadlineAfter(30, TimeUnit.SECONDS).listModels(ListModelsRequest.getDefaultInstance()).getModelsList().stream().filter(m -> m.getName().equals(name)).findFirst();
        }

        private void close() {
            channels.forEach(ManagedChannel::shutdownNow);
        }
    }

    synchronized void join(int number, int port) {
        all.add(new Replica(number, port));
    }

    synchronized List<Replica> up() {
        return all.stream().filter(replica -> replica.up).toList();
    }

    /** No new request goes there; what is lost there from now on is the kill's doing. */
    synchronized void lose(int number) {
        all.stream().filter(replica -> replica.number == number && replica.up).forEach(replica -> {
            replica.up = false;
            replica.killed = true;
        });
    }

    @Override
    public synchronized void close() {
        all.forEach(Replica::close);
    }
}
