package dev.hone.ingest.feedback.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one log has of each model that was not used up: places, not events, so that memory grows with segments and not
 * with what was said. Of answers that were liked only the newest are kept in view; corrections always are.
 */
final class Waiting {
    private final int mostLiked;
    private final Map<String, OfModel> models = new HashMap<>();

    Waiting(int mostLiked) {
        this.mostLiked = mostLiked;
    }

    /** @param badElsewhere bad verdicts without a correction in segments that hold nothing else of the model */
    record Saved(List<Ref> refs, int badElsewhere) {}

    private static final class OfModel {
        private final Deque<Ref> refs = new ArrayDeque<>();
        private int liked;
        private int badElsewhere;
    }

    void add(Segment segment) {
        segment.blocks().forEach((model, block) -> {
            if (block.isOfUse()) {
                add(model, Ref.of(segment.first(), block));
            } else if (block.bad() > 0) {
                models.computeIfAbsent(model, name -> new OfModel()).badElsewhere += block.bad();
            }
        });
    }

    private void add(String model, Ref ref) {
        OfModel of = models.computeIfAbsent(model, name -> new OfModel());
        of.refs.add(ref);
        of.liked += ref.liked();
        while (of.liked > mostLiked && of.refs.size() > 1 && of.refs.peek().corrections() == 0) {
            of.liked -= of.refs.poll().liked();
        }
    }

    List<Ref> refs(String model) {
        OfModel of = models.get(model);
        return of == null ? List.of() : List.copyOf(of.refs);
    }

    int badElsewhere(String model) {
        OfModel of = models.get(model);
        return of == null ? 0 : of.badElsewhere;
    }

    /** Models with corrections in view. */
    List<String> corrected() {
        return models.entrySet().stream().filter(entry -> entry.getValue().refs.stream().anyMatch(ref -> ref.corrections() > 0)).map(Map.Entry::getKey).toList();
    }

    /** Forgets what lies before an offset. */
    void drop(String model, long until) {
        OfModel of = models.get(model);
        if (of != null && of.refs.removeIf(ref -> ref.segment() < until)) {
            of.liked = of.refs.stream().mapToInt(Ref::liked).sum();
            of.badElsewhere = 0;
            forgetIfEmpty(model, of);
        }
    }

    /** Puts a truer count in a place; without anything that counts it goes. */
    void replace(String model, Ref ref) {
        OfModel of = models.get(model);
        if (of == null) {
            return;
        }
        List<Ref> changed = new ArrayList<>();
        of.refs.forEach(before -> changed.add(before.segment() == ref.segment() ? ref : before));
        of.refs.clear();
        changed.stream().filter(one -> one.useful() > 0).forEach(of.refs::add);
        of.liked = of.refs.stream().mapToInt(Ref::liked).sum();
        forgetIfEmpty(model, of);
    }

    private void forgetIfEmpty(String model, OfModel of) {
        if (of.refs.isEmpty() && of.badElsewhere == 0) {
            models.remove(model);
        }
    }

    Map<String, Saved> saved() {
        Map<String, Saved> saved = new HashMap<>();
        models.forEach((model, of) -> saved.put(model, new Saved(List.copyOf(of.refs), of.badElsewhere)));
        return saved;
    }

    void restore(Map<String, Saved> saved) {
        saved.forEach((model, of) -> {
            of.refs().forEach(ref -> add(model, ref));
            if (of.badElsewhere() > 0) {
                models.computeIfAbsent(model, name -> new OfModel()).badElsewhere += of.badElsewhere();
            }
        });
    }
}
