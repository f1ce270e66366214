package dev.hone.llm.constrain;

import java.util.BitSet;

/** An automaton over a vocabulary. */
final class TokenConstraint implements Constraint {
    private final Vocabulary vocabulary;
    private final Automaton automaton;

    TokenConstraint(Vocabulary vocabulary, Automaton automaton) {
        this.vocabulary = vocabulary;
        this.automaton = automaton;
    }

    @Override
    public State start() {
        return new Walk();
    }

    private final class Walk implements State {
        private final BitSet allowed = new BitSet(vocabulary.size());
        private Place at = automaton.start();
        private boolean first = vocabulary.dropsFirstSpace();
        private boolean told;

        @Override
        public BitSet allowed() {
            if (!told) {
                allowed.clear();
                allowed.or(texts());
                if (at.mayEnd()) {
                    for (int end : vocabulary.ends()) {
                        allowed.set(end);
                    }
                }
                told = true;
            }
            return allowed;
        }

        private BitSet texts() {
            return at == Place.NOWHERE ? new BitSet() : vocabulary.mask(automaton, at, first);
        }

        @Override
        public void accept(int token) {
            Place next = vocabulary.isEnd(token) && at.mayEnd() ? Place.NOWHERE : after(token);
            if (next == Place.NOWHERE && !(vocabulary.isEnd(token) && at.mayEnd())) {
                throw new IllegalArgumentException("Expected a token that the pattern or schema allows here, found token " + token + ".");
            }
            at = next;
            first = false;
            told = false;
        }

        private Place after(int token) {
            byte[] bytes = first ? vocabulary.firstBytes(token) : vocabulary.bytes(token);
            Place next = bytes.length == 0 ? Place.NOWHERE : at;
            for (byte b : bytes) {
                next = first && b == ' ' ? Place.NOWHERE : automaton.next(next, b & 0xFF);
            }
            return next;
        }

        @Override
        public boolean complete() {
            return texts().isEmpty();
        }
    }
}
