package dev.hone.cli.backup;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.HomeOption;
import dev.hone.events.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Copies a stack while it works. */
@Command(name = "backup", description = {"Copy topics, how far services have read them, and the bucket into a folder.",
        "The stack goes on working; what happens meanwhile may or may not be in the copy, and what is in it is whole."},
        footer = {"", "Examples:", "  ./hone backup /mnt/backups/hone", "  hone backup /backup --cluster      (in a pod: see docs/install.md)"})
public final class BackupCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(paramLabel = "FOLDER", description = "Made if it is missing. A former backup in it is brought up to date: only objects that changed are copied.")
    private Path folder;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Endpoints endpoints = home.endpoints();
        Terminal terminal = Terminal.standard();
        BackupSummary made = save(endpoints, folder, new ProgressLine(terminal));
        terminal.line("Backup of " + made.madeAt() + " in " + folder + ": " + made.records() + " records of " + made.topics().size() + " topics, "
                + made.objects() + " objects (" + Figures.bytes(made.bytes()) + "). Back again: hone restore " + folder);
        return 0;
    }

    static BackupSummary save(Endpoints endpoints, Path folder, ProgressLine progress) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        BackupSummary.withdraw(folder);
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        // How far groups have read comes first and objects come last: a record that a group has read is among those read
        // after, and what a record points at was in the bucket before it.
        Set<String> topics = topics();
        Map<String, Map<String, Map<Integer, Long>>> groups;
        try (Admin admin = Admin.create(endpoints.broker().admin())) {
            groups = new Groups(admin).positions(topics);
        }
        Map<String, Integer> partitions;
        long records;
        try (TopicsBackup reader = new TopicsBackup(endpoints.broker(), folder)) {
            partitions = reader.partitions(topics);
            records = reader.save(partitions, count -> progress.paint("Topics: " + count + " records", false));
        }
        ArtifactStore store = ArtifactStore.connect(endpoints.store().config(), Topic.Writers.OTHERS);
        BucketCopy.Size size = new BucketCopy(store, folder).save((done, all) -> progress.paint(objects(done, all), false));
        progress.erase();
        BackupSummary summary = new BackupSummary(now, partitions, groups, records, size.objects(), size.bytes());
        summary.write(folder);
        return summary;
    }

    static String objects(BucketCopy.Size done, BucketCopy.Size all) {
        return "Objects: " + done.objects() + " of " + all.objects() + ", " + Figures.bytes(done.bytes()) + " of " + Figures.bytes(all.bytes());
    }

    /** What a stack is made of. Progress is of interest only while it happens. */
    private static Set<String> topics() {
        Set<String> names = new TreeSet<>();
        for (Topic topic : Topic.values()) {
            if (topic != Topic.RUN_PROGRESS) {
                names.add(topic.topicName());
            }
        }
        Topic.services().forEach(service -> names.add(Topic.deadLetters(service)));
        return names;
    }
}
