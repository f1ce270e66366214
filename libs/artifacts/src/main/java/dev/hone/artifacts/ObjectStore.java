package dev.hone.artifacts;

import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.StatObjectResponse;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import io.minio.http.HttpUtils;
import io.minio.messages.Item;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.OkHttpClient;

/**
 * The subset of S3 that Hone uses, on MinIO's SDK: any server that has it will do. Every failure of the server or the
 * network is an IOException, worth another try.
 */
final class ObjectStore {
    private static final long PART_SIZE = 16L << 20;
    /** The SDK's own. */
    private static final long TIMEOUT_MILLIS = 300_000;
    /** Four times as long with each failure: three tries in 1.25 s. */
    private static final int FIRST_PAUSE_MILLIS = 250;
    private static final int LAST_PAUSE_MILLIS = 1_000;

    private final MinioClient client;
    private final String bucket;

    ObjectStore(StoreConfig config) {
        MinioClient.Builder builder = MinioClient.builder().endpoint(config.endpoint()).credentials(config.accessKey(), config.secretKey())
                .region(config.region());
        config.caFile().ifPresent(file -> builder.httpClient(trusting(file)));
        this.client = builder.build();
        this.bucket = config.bucket();
    }

    /** As the SDK's own client, but for whose certificates it takes. */
    private static OkHttpClient trusting(Path caFile) {
        try {
            return HttpUtils.enableExternalCertificates(HttpUtils.newDefaultHttpClient(TIMEOUT_MILLIS, TIMEOUT_MILLIS, TIMEOUT_MILLIS), caFile.toString());
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException("Expected certificates in PEM in hone.store.ca-file " + caFile + ", found: " + e, e);
        }
    }

    void createBucketIfMissing() throws IOException {
        call("bucket " + bucket, () -> {
            if (!client.bucketExists(BucketExistsArgs.builder().bucket(bucket).build())) {
                client.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
            }
            return null;
        });
    }

    void put(String key, byte[] bytes) throws IOException {
        call(key, () -> client.putObject(PutObjectArgs.builder().bucket(bucket).object(key)
                .stream(new ByteArrayInputStream(bytes), bytes.length, -1).build()));
    }

    /** @return whether it was written: false when there was such an object already, which stays as it is */
    boolean putIfAbsent(String key, byte[] bytes) throws IOException {
        // Once only: where the answer was lost, a second try would find the first one's object and take it for another writer's.
        return once(key, () -> {
            try {
                client.putObject(PutObjectArgs.builder().bucket(bucket).object(key).extraHeaders(Map.of("If-None-Match", "*"))
                        .stream(new ByteArrayInputStream(bytes), bytes.length, -1).build());
                return true;
            } catch (ErrorResponseException e) {
                if (e.response() != null && e.response().code() == 412) {
                    return false;
                }
                throw e;
            }
        });
    }

    /** Fewer bytes where the object ends before. @throws ArtifactMissing when there is no such object */
    byte[] get(String key, long from, int length) throws IOException {
        return call(key, () -> {
            try (InputStream in = client.getObject(GetObjectArgs.builder().bucket(bucket).object(key).offset(from).length((long) length).build())) {
                return in.readNBytes(length);
            }
        });
    }

    void put(String key, Path file) throws IOException {
        long size = Files.size(file);
        call(key, () -> {
            try (InputStream in = Files.newInputStream(file)) {
                return client.putObject(PutObjectArgs.builder().bucket(bucket).object(key).stream(in, size, size > PART_SIZE ? PART_SIZE : -1).build());
            }
        });
    }

    Optional<byte[]> get(String key) throws IOException {
        try (InputStream in = open(key)) {
            return Optional.of(in.readAllBytes());
        } catch (ArtifactMissing e) {
            return Optional.empty();
        }
    }

    void download(String key, Path target) throws IOException {
        Files.createDirectories(target.toAbsolutePath().getParent());
        Path partial = target.resolveSibling(target.getFileName() + ".partial-" + ProcessHandle.current().pid() + "-" + Thread.currentThread().threadId());
        try (InputStream in = open(key)) {
            Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** @throws ArtifactMissing when there is no such object */
    InputStream open(String key) throws IOException {
        return call(key, () -> client.getObject(GetObjectArgs.builder().bucket(bucket).object(key).build()));
    }

    Optional<StoredObject> stat(String key) throws IOException {
        try {
            StatObjectResponse stat = call(key, () -> client.statObject(StatObjectArgs.builder().bucket(bucket).object(key).build()));
            return Optional.of(new StoredObject(key, stat.size(), unquoted(stat.etag())));
        } catch (ArtifactMissing e) {
            return Optional.empty();
        }
    }

    List<StoredObject> list(String prefix) throws IOException {
        return call(prefix, () -> {
            List<StoredObject> found = new ArrayList<>();
            for (Result<Item> result : client.listObjects(ListObjectsArgs.builder().bucket(bucket).prefix(prefix).recursive(true).build())) {
                Item item = result.get();
                if (!item.isDir()) {
                    found.add(new StoredObject(item.objectName(), item.size(), unquoted(item.etag())));
                }
            }
            return found;
        });
    }

    void delete(String key) throws IOException {
        call(key, () -> {
            client.removeObject(RemoveObjectArgs.builder().bucket(bucket).object(key).build());
            return null;
        });
    }

    private static String unquoted(String etag) {
        return etag == null ? "" : etag.replace("\"", "");
    }

    private interface Call<T> {
        T run() throws MinioException, IOException, GeneralSecurityException;
    }

    /**
     * A server that restarts, or a connection that was kept too long, is no reason to fail: what the server did not answer is
     * asked again, which all of these requests allow. What it refused is not.
     */
    private <T> T call(String what, Call<T> call) throws IOException {
        for (int pause = FIRST_PAUSE_MILLIS;; pause *= 4) {
            try {
                return once(what, call);
            } catch (Unanswered e) {
                if (pause > LAST_PAUSE_MILLIS) {
                    throw e;
                }
                sleep(pause, e);
            }
        }
    }

    private static void sleep(int millis, IOException why) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }

    /** No answer, or half of one. */
    private static final class Unanswered extends IOException {
        Unanswered(String message, IOException cause) {
            super(message, cause);
        }
    }

    private <T> T once(String what, Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (SSLHandshakeException | SSLPeerUnverifiedException e) {
            // Who is not trusted now is not trusted a second later.
            throw e;
        } catch (IOException e) {
            throw new Unanswered("the store did not answer for " + what + " in bucket " + bucket + ": " + e.getMessage(), e);
        } catch (ErrorResponseException e) {
            String code = e.errorResponse().code();
            if ("NoSuchKey".equals(code) || e.response() != null && e.response().code() == 404) {
                throw new ArtifactMissing("Expected an object " + what + " in bucket " + bucket + ", found none (" + code + ").");
            }
            throw new IOException("the store refused " + what + " in bucket " + bucket + ": " + code + ", " + e.getMessage(), e);
        } catch (MinioException | GeneralSecurityException e) {
            throw new IOException("the store failed at " + what + " in bucket " + bucket + ": " + e.getMessage(), e);
        }
    }
}
