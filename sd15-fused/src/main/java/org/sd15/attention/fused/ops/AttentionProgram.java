package org.sd15.attention.fused.ops;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.MatrixProduct;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;
import org.sd15.attention.fused.onednn.Softmax;

/**
 * The steps that attention and its derivatives are made of, for one head and one block of queries at a time, in one lane:
 * scores are written and read again by one core. All kernels take the same steps in the same order, so that what they share
 * has the same bits.
 */
final class AttentionProgram {

    /**
     * What is worked on at a time.
     *
     * @param picture the picture
     * @param head the head
     * @param query the first query
     * @param rows how many queries
     */
    record Block(long picture, long head, long query, long rows) {}

    /** Work on a block. */
    @FunctionalInterface
    interface Work {
        void add(AttentionProgram attention, Block block);
    }

    /** Less work than this is done in one lane: the others would come too late. */
    private static final double LEAST_FLOPS = 4e6;

    private final ProgramBuilder program;
    private final Heads heads;
    private final memory.data_type type;
    private final Map<String, MatrixProduct> products = new HashMap<>();
    private final Map<Long, Softmax> softmaxes = new HashMap<>();
    private final Map<String, Slot> temporaries = new HashMap<>();
    private final Map<String, Slot> rightFactors = new HashMap<>();

    private AttentionProgram(ProgramBuilder program, Heads heads, memory.data_type type) {
        this.program = program;
        this.heads = heads;
        this.type = type;
    }

    /** Adds work on all blocks to a program. Lanes share heads, and the queries of a head if there are more lanes. */
    static void forEachBlock(ProgramBuilder program, Heads heads, Work work) {
        forEachBlock(program, heads, memory.data_type.f32, work);
    }

    /**
     * The same with factors of products in a narrower type; sums, scores and softmax stay in float32.
     *
     * @param type of the factors
     */
    static void forEachBlock(ProgramBuilder program, Heads heads, memory.data_type type, Work work) {
        int lanes = lanes(heads);
        long parts = 1;
        while (heads.pairs() * parts % lanes != 0) {
            parts++;
        }
        sideBySide(program, heads, type, lanes, parts, work);
    }

    /** The same where blocks of one head must come one after the other. */
    static void forEachBlockInOrder(ProgramBuilder program, Heads heads, Work work) {
        sideBySide(program, heads, memory.data_type.f32, lanes(heads), 1, work);
    }

    private static int lanes(Heads heads) {
        return heads.flops() < LEAST_FLOPS ? 1 : ProgramBuilder.lanes();
    }

    private static void sideBySide(
            ProgramBuilder program, Heads heads, memory.data_type type, int lanes, long parts, Work work) {
        program.sideBySide(lanes, (lane, index) -> {
            var attention = new AttentionProgram(lane, heads, type);
            for (long piece = index; piece < heads.pairs() * parts; piece += lanes) {
                attention.piece(piece / parts, piece % parts, parts, work);
            }
        });
    }

    /** Visits the blocks of a part of the queries of one head of one picture. */
    private void piece(long pair, long part, long parts, Work work) {
        rightFactors.clear();
        long end = heads.queries() * (part + 1) / parts;
        for (long query = heads.queries() * part / parts; query < end; query += heads.block()) {
            long rows = Math.min(heads.block(), end - query);
            work.add(this, new Block(pair / heads.heads(), pair % heads.heads(), query, rows));
        }
    }

    /** Copies a memory into another, which may lie differently. */
    void copy(Slot from, Slot to) {
        program.copy(from, to);
    }

    /** Memory for the scores of a block, under a name. */
    Slot scores(String name, Block block) {
        return temporary(name + block.rows(), () -> heads.scores(block.rows()));
    }

    private Slot temporary(String name, Supplier<desc> layout) {
        return temporaries.computeIfAbsent(name, key -> program.temporary(layout.get()));
    }

    /** The rows of a block in an input that is laid out as the queries are. */
    Slot queries(int input, Block block) {
        return program.input(input, heads.tokens(block.rows()), offsetOfQueries(block));
    }

    /** The rows of a block in such a result. */
    Slot queryResult(int output, Block block) {
        return program.output(output, heads.tokens(block.rows()), offsetOfQueries(block));
    }

    private long offsetOfQueries(Block block) {
        return heads.offset(block.picture(), heads.queries(), block.query(), block.head());
    }

    private long offsetOfKeys(Block block) {
        return heads.offset(block.picture(), heads.keys(), 0, block.head());
    }

    /** The block in a whole map that is an input. */
    Slot mapBlock(int input, Block block) {
        return program.input(input, heads.scores(block.rows()), offsetInMap(block));
    }

    /** The block in a whole map that is a result. */
    Slot mapResult(int output, Block block) {
        return program.output(output, heads.scores(block.rows()), offsetInMap(block));
    }

    private long offsetInMap(Block block) {
        return heads.offsetInMap(block.picture(), block.head(), block.query());
    }

    /**
     * The probabilities of a block; inputs 0 and 1 are queries and keys.
     *
     * @param bias the number of the input that is added to the scores, or null
     */
    Slot probabilities(Block block, @Nullable Integer bias) {
        Slot scores = scores("scores", block);
        var post = new PostOps().scale(heads.scale());
        if (bias != null) {
            post.add(bias(bias, block));
        }
        timesTransposed("scores", factor("queries", queries(0, block), block), 1, scores, block, post);
        Slot probabilities = type == memory.data_type.f32
                ? scores
                : temporary("probabilities" + block.rows(), () -> Layouts.as(type, scores.layout()));
        softmax(block).add(scores, probabilities);
        return probabilities;
    }

    /** A left factor in the type in which is multiplied: itself, or a copy that serves each block anew. */
    private Slot factor(String name, Slot values, Block block) {
        if (type == memory.data_type.f32) {
            return values;
        }
        Slot narrow = temporary(
                name + block.rows(),
                () -> new desc(new long[] {block.rows(), heads.width()}, type, memory.format_tag.ab));
        program.copy(values, narrow);
        return narrow;
    }

    private Slot bias(int input, Block block) {
        long[] shape = program.shape(input);
        boolean perQuery = shape[2] > 1;
        long row = (shape[0] > 1 ? block.picture() * shape[2] : 0) + (perQuery ? block.query() : 0);
        return program.input(input, heads.blockOfBias(block.rows(), perQuery), row * heads.keys());
    }

    /** The softmax of a block. */
    Softmax softmax(Block block) {
        return softmaxes.computeIfAbsent(block.rows(), rows -> new Softmax(program, heads.scores(rows), type, 1));
    }

    /** Rows of queries times the transposed keys or values of an input: scores. */
    void timesTransposed(String name, Slot left, int right, Slot result, Block block, PostOps post) {
        desc plain = heads.tokensTransposed(heads.keys());
        MatrixProduct product = product(name, left, plain, heads.width(), heads.keys(), result, block, post);
        product.add(left, rightFactor(name, right, plain, product, block), null, result, post);
    }

    /** Scores times the keys or values of an input: rows of queries. */
    void times(String name, Slot left, int right, Slot result, Block block, PostOps post) {
        desc plain = heads.tokens(heads.keys());
        MatrixProduct product = product(name, left, plain, heads.keys(), heads.width(), result, block, post);
        product.add(left, rightFactor(name, right, plain, product, block), null, result, post);
    }

    /** A right factor in oneDNN's own layout pays where it is used for many blocks, and where it is copied anyway. */
    private MatrixProduct product(
            String name, Slot left, desc plain, long inner, long columns, Slot result, Block block, PostOps post) {
        boolean packs = type != memory.data_type.f32 || heads.queries() > heads.block();
        return products.computeIfAbsent(
                name + block.rows(),
                key -> new MatrixProduct(
                        program,
                        left.layout(),
                        packs ? Layouts.any(type, inner, columns) : plain,
                        result.layout(),
                        post));
    }

    /** The keys or values of a head, packed at its first block, each time into the same memory. */
    private Slot rightFactor(String name, int input, desc plain, MatrixProduct product, Block block) {
        return rightFactors.computeIfAbsent(name + block.rows(), key -> {
            Slot source = program.input(input, plain, offsetOfKeys(block));
            if (ProgramBuilder.same(plain, product.right())) {
                return source;
            }
            Slot packed = temporary("right " + key, product::right);
            program.copy(source, packed);
            return packed;
        });
    }

    /** {@code scale S^T X}, added to what the blocks before gave to a result that is laid out as the keys are. */
    void addToKeys(Slot scores, Slot queries, int output, Block block, double scale) {
        boolean first = block.query() == 0;
        var post = new PostOps();
        if (scale != 1) {
            post.scale(scale);
        }
        if (!first) {
            post.accumulate();
        }
        Slot left = program.view(scores, heads.scoresTransposed(block.rows()), 0);
        Slot result = program.output(output, heads.tokens(heads.keys()), offsetOfKeys(block));
        products.computeIfAbsent(
                        "keys" + output + block.rows() + first,
                        key -> new MatrixProduct(program, left.layout(), queries.layout(), result.layout(), post))
                .add(left, queries, null, result, post);
    }
}
