package dev.hone.cli.backup;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.HomeOption;
import dev.hone.events.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Brings a backup into a fresh broker and a bucket. */
@Command(name = "restore", description = {"Bring a backup into a new broker's empty topics and into the bucket, while the services are stopped.",
        "They then go on where they were: runs that were under way are finished, none is made twice."},
        footer = {"", "Example, in a pod (docs/install.md):", "  hone restore /backup --cluster"})
public final class RestoreCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(paramLabel = "FOLDER", description = "As hone backup wrote it.")
    private Path folder;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Endpoints endpoints = home.endpoints();
        Terminal terminal = Terminal.standard();
        BackupSummary backup = restore(endpoints, folder, new ProgressLine(terminal));
        terminal.line("The backup of " + backup.madeAt() + " is back: " + backup.records() + " records, " + backup.objects() + " objects ("
                + Figures.bytes(backup.bytes()) + "), " + backup.groups().size() + " groups at their places. Start the services.");
        return 0;
    }

    static BackupSummary restore(Endpoints endpoints, Path folder, ProgressLine progress) throws IOException, InterruptedException {
        BackupSummary backup = BackupSummary.read(folder);
        TopicsRestore topics = new TopicsRestore(endpoints.broker(), folder, backup);
        try (Admin admin = Admin.create(endpoints.broker().admin())) {
            Groups groups = new Groups(admin);
            groups.requireNobodyReads(backup.groups().keySet());
            topics.requireEmptyTopics();
            // Objects before the records that point at them.
            ArtifactStore store = ArtifactStore.connect(endpoints.store().config(), Topic.Writers.OTHERS);
            new BucketCopy(store, folder).restore((done, all) -> progress.paint(BackupCommand.objects(done, all), false));
            Map<String, Map<TopicPartition, Long>> positions = topics.write(count -> progress.paint("Topics: " + count + " of " + backup.records() + " records", false));
            for (Map.Entry<String, Map<TopicPartition, Long>> group : positions.entrySet()) {
                groups.set(group.getKey(), group.getValue());
            }
        }
        progress.erase();
        return backup;
    }
}
