package dev.hone.ingest.feedback.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Every record is kept once, wherever a process ends and however many there are. */
class PartitionLogTest {
    private static final LogName NAME = new LogName("topic", 0);
    private static final int RECORDS = 12;

    /** A correction on model a or b for every record but each third, which is a liked answer. */
    private static Line line(long offset) {
        return new Line(offset, offset % 2 == 0 ? "a" : "b", offset % 3 == 2 ? Line.Meaning.LIKED : Line.Meaning.CORRECTION, Instant.ofEpochMilli(offset),
                ("{\"event_id\":\"e" + offset + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    private static List<Line> lines(long from, long to) {
        return LongStream.range(from, to).mapToObj(PartitionLogTest::line).toList();
    }

    private static PartitionLog open(Objects objects) throws IOException {
        return PartitionLog.open(objects, NAME, () -> 0, 1000);
    }

    /** Reads as a consumer would, from the log's place on, until all is stored or the store fails. */
    private static void readAll(Objects objects, int batch) throws IOException {
        PartitionLog log = open(objects);
        while (log.next() < RECORDS) {
            log.append(lines(log.next(), Math.min(RECORDS, log.next() + batch)), Math.min(RECORDS, log.next() + batch));
            log.checkpoint();
        }
    }

    /** Event ids of a fresh reader's view, those of the whole log. */
    private static List<String> kept(Objects objects) throws IOException {
        PartitionLog log = open(objects);
        List<String> ids = new ArrayList<>();
        for (String model : List.of("a", "b")) {
            for (Ref ref : log.waiting(model)) {
                PartitionLog.read(objects, NAME, ref).forEach(json -> ids.add(json.replaceAll("\\D", "")));
            }
        }
        return ids.stream().sorted().toList();
    }

    private static List<String> all() {
        return LongStream.range(0, RECORDS).mapToObj(String::valueOf).sorted().toList();
    }

    @Test
    void givenACrashAtAnyCall_whenReadAgain_thenEveryEventIsKeptOnce() throws IOException {
        MemoryObjects undisturbed = new MemoryObjects(true);
        readAll(undisturbed, 5);
        int calls = undisturbed.calls;
        assertEquals(all(), kept(undisturbed));

        for (int crash = 0; crash < calls; crash++) {
            for (boolean takesEffect : new boolean[] {false, true}) {
                MemoryObjects objects = new MemoryObjects(true);
                objects.failAt(crash, takesEffect);
                readUntilItFails(objects, 5);
                readAll(objects, 4);
                assertEquals(all(), kept(objects), "crash at call " + crash + ", took effect: " + takesEffect);
            }
        }
    }

    private static void readUntilItFails(Objects objects, int batch) {
        try {
            readAll(objects, batch);
        } catch (IOException e) {
            return;
        }
    }

    @Test
    void givenTheStoreFailsAtAnyCall_whenTheSameProcessTriesAgain_thenEveryEventIsKeptOnce() throws IOException {
        for (int failure = 0; failure < 3; failure++) {
            for (boolean takesEffect : new boolean[] {false, true}) {
                MemoryObjects objects = new MemoryObjects(true);
                PartitionLog log = open(objects);
                objects.failAt(failure, takesEffect);
                for (long from = 0; from < RECORDS; from += 4) {
                    appendWithPatience(log, from);
                }
                assertEquals(all(), kept(objects), "failure at call " + failure + ", took effect: " + takesEffect);
                assertEquals(RECORDS, log.next());
            }
        }
    }

    private static void appendWithPatience(PartitionLog log, long from) throws IOException {
        try {
            log.append(lines(from, from + 4), from + 4);
        } catch (IOException e) {
            log.append(lines(from, from + 4), from + 4);
        }
    }

    /** Two replicas that both think the partition theirs, in every order of their steps. */
    private static void race(boolean conditions, RaceCheck check) throws IOException {
        for (int schedule = 0; schedule < 1 << 10; schedule++) {
            MemoryObjects objects = new MemoryObjects(conditions);
            List<PartitionLog> replicas = List.of(open(objects), open(objects));
            int[] batch = {3, 5};
            for (int step = 0; step < 10; step++) {
                int who = schedule >> step & 1;
                PartitionLog log = replicas.get(who);
                long to = Math.min(RECORDS, log.next() + batch[who]);
                log.append(lines(log.next(), to), to);
            }
            for (int who = 0; who < 2; who++) {
                replicas.get(who).append(lines(replicas.get(who).next(), RECORDS), RECORDS);
            }
            check.check(kept(objects), "schedule " + Integer.toBinaryString(schedule));
        }
    }

    private interface RaceCheck {
        void check(List<String> kept, String schedule);
    }

    @Test
    void givenTwoReplicasAtOnce_whenTheStoreKnowsConditions_thenEveryEventIsKeptOnce() throws IOException {
        race(true, (kept, schedule) -> assertEquals(all(), kept, schedule));
    }

    @Test
    void givenTwoReplicasAtOnce_whenTheStoreOverwrites_thenNothingIsLost() throws IOException {
        race(false, (kept, schedule) -> assertEquals(new TreeSet<>(all()), new TreeSet<>(kept), schedule));
    }

    @Test
    void givenRecordsThatComeAgain_whenAppended_thenTheyAreKeptOnce() throws IOException {
        MemoryObjects objects = new MemoryObjects(true);
        PartitionLog log = open(objects);
        log.append(lines(0, 8), 8);
        log.append(lines(0, RECORDS), RECORDS);
        log.append(lines(2, 6), 6);
        assertEquals(all(), kept(objects));
    }

    @Test
    void givenAnOldCheckpoint_whenItOverwritesANewerOne_thenNothingChanges() throws IOException {
        MemoryObjects objects = new MemoryObjects(true);
        readAll(objects, 3);
        byte[] newest = objects.objects.get(NAME.checkpoint());
        MemoryObjects young = new MemoryObjects(true);
        open(young).append(lines(0, 3), 3);
        objects.objects.put(NAME.checkpoint(), young.objects.get(NAME.checkpoint()));
        assertTrue(newest.length > objects.objects.get(NAME.checkpoint()).length);
        assertEquals(all(), kept(objects));
    }

    @Test
    void givenManySegments_whenOpened_thenFewAreLookedAt() throws IOException {
        MemoryObjects objects = new MemoryObjects(true);
        PartitionLog log = open(objects);
        LongStream.range(0, 1000).forEach(offset -> append(log, offset));
        int before = objects.calls;
        assertEquals(1000, open(objects).next());
        assertTrue(objects.calls - before <= 66, "calls " + (objects.calls - before));
    }

    private static void append(PartitionLog log, long offset) {
        try {
            log.append(lines(offset, offset + 1), offset + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void givenLikedAnswersWithoutACorrection_whenThereAreMany_thenOnlyTheNewestWait() throws IOException {
        PartitionLog log = PartitionLog.open(new MemoryObjects(true), NAME, () -> 0, 10);
        for (long offset = 0; offset < 100; offset++) {
            Line liked = new Line(offset, "m", Line.Meaning.LIKED, Instant.EPOCH, "{}".getBytes(StandardCharsets.UTF_8));
            log.append(List.of(liked), offset + 1);
        }
        assertEquals(LongStream.range(90, 100).boxed().toList(), log.waiting("m").stream().map(Ref::segment).toList());
        assertEquals(List.of(), log.corrected());
    }

    @Test
    void givenEventsThatWereUsedUp_whenDropped_thenTheLaterOnesWait() throws IOException {
        MemoryObjects objects = new MemoryObjects(true);
        PartitionLog log = open(objects);
        log.append(lines(0, 4), 4);
        log.append(lines(4, 8), 8);
        log.drop("a", 4);
        assertEquals(List.of(4L), log.waiting("a").stream().map(Ref::segment).toList());
        assertEquals(List.of(0L, 4L), log.waiting("b").stream().map(Ref::segment).toList());
        log.checkpoint();
        assertEquals(log.waiting("a"), open(objects).waiting("a"));
    }

    @Test
    void givenATopicMadeAnew_whenItsLogIsOpened_thenItBeginsAnewBesideTheOld() throws IOException {
        MemoryObjects objects = new MemoryObjects(true);
        open(objects).append(lines(0, 8), 8);
        LogName anew = new LogName("topic-made-anew", 0);
        assertEquals(0, PartitionLog.open(objects, anew, () -> 0, 10).next());
        assertEquals(List.of(anew, NAME), PartitionLog.all(objects).stream().sorted((one, other) -> other.topicId().compareTo(one.topicId())).toList());
    }
}
