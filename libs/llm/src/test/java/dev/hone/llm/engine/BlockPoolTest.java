package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.engine.PrefixCache.Scope;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
    private static final Scope SCOPE = new Scope(null, "");
    private static final int[] TOKENS = IntStream.range(0, 100).toArray();

    private final CacheBudget budget = new CacheBudget(10 * FakeForward.BLOCK_BYTES);

    private BlockPool pool() {
        BlockPool pool = new BlockPool(new FakeForward(1, 256).newBlocks(10), budget);
        budget.join(pool);
        return pool;
    }

    /** A sequence that computed so many of these tokens. */
    private static BlockTable computed(BlockPool pool, Scope scope, int[] tokens, int count) {
        BlockTable table = new BlockTable(pool, scope);
        int reused = table.reuse(tokens, 0, count - 1);
        assertTrue(table.grow(count));
        table.written(tokens, Math.max(count, reused));
        return table;
    }

    @Test
    void givenEqualBeginnings_whenASecondSequenceBegins_thenItHoldsTheSameFullBlocks() {
        BlockPool pool = pool();
        BlockTable first = computed(pool, SCOPE, TOKENS, 40);
        int[] other = TOKENS.clone();
        other[35] = 7;

        BlockTable second = new BlockTable(pool, SCOPE);
        int reused = second.reuse(other, 0, 39);

        assertEquals(32, reused);
        assertArrayEquals(Arrays.copyOf(first.ids(), 2), second.ids());
        assertEquals(3, pool.held());
        assertEquals(2, pool.shared());
    }

    @Test
    void givenAllTokensKnown_whenASequenceBegins_thenItsLastTokenIsComputedAgain() {
        BlockPool pool = pool();
        computed(pool, SCOPE, TOKENS, 48).release();

        assertEquals(32, new BlockTable(pool, SCOPE).reuse(TOKENS, 0, 47));
    }

    @Test
    void givenAnotherScope_whenASequenceBegins_thenItSharesNothing() {
        BlockPool pool = pool();
        Object adapter = new Object();
        computed(pool, SCOPE, TOKENS, 48).release();

        assertEquals(0, new BlockTable(pool, new Scope(adapter, "")).reuse(TOKENS, 0, 47));
        assertEquals(0, new BlockTable(pool, new Scope(null, "tenant")).reuse(TOKENS, 0, 47));
    }

    @Test
    void givenTheSameBlockAfterAnotherBeginning_whenSought_thenItIsNotFound() {
        BlockPool pool = pool();
        computed(pool, SCOPE, TOKENS, 48).release();
        int[] other = TOKENS.clone();
        other[0] = 99;

        assertEquals(0, new BlockTable(pool, SCOPE).reuse(other, 0, 47));
    }

    @Test
    void givenTokensOfEqualHash_whenSought_thenTheTokensDecide() {
        // Arrays.hashCode is 31 * a + b: (1, 0) and (0, 31) collide
        int[] a = new int[20];
        int[] b = new int[20];
        a[0] = 1;
        b[1] = 31;
        assertEquals(Arrays.hashCode(Arrays.copyOf(a, 16)), Arrays.hashCode(Arrays.copyOf(b, 16)));
        BlockPool pool = pool();
        computed(pool, SCOPE, a, 17).release();

        assertEquals(0, new BlockTable(pool, SCOPE).reuse(b, 0, 19));
        assertEquals(16, new BlockTable(pool, SCOPE).reuse(a, 0, 19));
    }

    @Test
    void givenTheSameComputedTwiceAtOnce_whenWritten_thenOneOfTheBlocksIsFreeAgain() {
        BlockPool pool = pool();
        BlockTable first = new BlockTable(pool, SCOPE);
        BlockTable second = new BlockTable(pool, SCOPE);
        first.grow(20);
        second.grow(20);

        first.written(TOKENS, 20);
        second.written(TOKENS, 20);

        assertEquals(first.ids()[0], second.ids()[0]);
        assertNotEquals(first.ids()[1], second.ids()[1]);
        assertEquals(3, pool.held());
    }

    @Test
    void givenKeptBlocks_whenMemoryIsNeeded_thenTheLongestUnusedGoFirstAndEndsOfChainsBeforeTheirBeginnings() {
        BlockPool pool = pool();
        int[] other = IntStream.range(200, 300).toArray();
        computed(pool, SCOPE, TOKENS, 48).release();
        computed(pool, SCOPE, other, 64).release();
        BlockTable large = new BlockTable(pool, new Scope(null, "large"));

        assertTrue(large.grow(16 * 5));

        // ten blocks: three are of no use to anybody or never touched, so two of the oldest chain's three gave way
        assertEquals(16, new BlockTable(pool, SCOPE).reuse(TOKENS, 0, 47));
        assertEquals(64, new BlockTable(pool, SCOPE).reuse(other, 0, 64));
    }

    @Test
    void givenEverythingHeld_whenMoreIsTaken_thenThereIsNone() {
        BlockPool pool = pool();
        BlockTable table = new BlockTable(pool, SCOPE);

        assertTrue(table.grow(160));
        assertFalse(table.grow(161));
        assertFalse(pool.canTake(1));
        table.release();
        assertTrue(pool.canTake(10));
        assertEquals(0, pool.used());
    }

    @Test
    void givenTwoModels_whenOneKeepsMoreThanItNeeds_thenTheOtherGetsTheMemory() {
        BlockPool first = pool();
        BlockPool second = pool();
        computed(first, SCOPE, TOKENS, 100).release();
        BlockTable held = computed(first, new Scope(null, "held"), TOKENS, 33);
        assertEquals(9, first.used());

        BlockTable other = new BlockTable(second, SCOPE);

        assertTrue(second.canTake(7));
        assertFalse(second.canTake(8));
        assertTrue(other.grow(16 * 7));
        assertFalse(other.grow(16 * 8));
        assertEquals(3, first.used());
        held.release();
        assertTrue(other.grow(16 * 8));
    }

    @Test
    void givenTwoModels_whenOneHoldsMoreThanItsShare_thenTheOtherMayTakeItsOwnAllTheSame() {
        BlockPool first = pool();
        BlockPool second = pool();
        new BlockTable(first, SCOPE).grow(16 * 8);

        assertEquals(5, second.ownShare());
        assertTrue(second.canTake(5));
        assertFalse(second.canTake(6));
        assertTrue(second.belowShare());
        assertFalse(first.belowShare());
    }

    @Test
    void givenAnAdapterThatGoes_whenItsBlocksAreForgotten_thenTheOthersStay() {
        BlockPool pool = pool();
        Object adapter = new Object();
        computed(pool, new Scope(adapter, ""), TOKENS, 48).release();
        computed(pool, SCOPE, TOKENS, 48).release();

        pool.forgetAdapter(adapter);

        assertEquals(3, pool.used());
        assertEquals(0, new BlockTable(pool, new Scope(adapter, "")).reuse(TOKENS, 0, 47));
        assertEquals(32, new BlockTable(pool, SCOPE).reuse(TOKENS, 0, 47));
    }

    @Test
    void givenAModelThatGoes_whenItLeft_thenItsMemoryIsTheOthers() {
        BlockPool first = pool();
        BlockPool second = pool();
        computed(first, SCOPE, TOKENS, 100).release();

        budget.leave(first);

        assertEquals(10, second.ownShare());
        assertTrue(new BlockTable(second, SCOPE).grow(160));
    }
}
