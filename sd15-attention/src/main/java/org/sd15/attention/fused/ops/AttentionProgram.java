package org.sd15.attention.fused.ops;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.dnnl.memory.desc;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.MatrixProduct;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;
import org.sd15.attention.fused.onednn.Softmax;

/**
 * The steps that attention and its derivatives are made of, for one group of heads and one block of queries at a time.
 * All kernels take the same steps in the same order, so that what they share has the same bits.
 */
final class AttentionProgram {

    /**
     * What is worked on at a time.
     *
     * @param picture the picture
     * @param head the first head
     * @param query the first query
     * @param rows how many queries
     */
    record Block(long picture, long head, long query, long rows) {}

    /** Work on a block. */
    @FunctionalInterface
    interface Work {
        void add(Block block);
    }

    private final ProgramBuilder program;
    private final Heads heads;
    private final Map<String, MatrixProduct> products = new HashMap<>();
    private final Map<Long, Softmax> softmaxes = new HashMap<>();
    private final Map<String, Slot> temporaries = new HashMap<>();
    private final Map<String, Slot> rightFactors = new HashMap<>();

    AttentionProgram(ProgramBuilder program, Heads heads) {
        this.program = program;
        this.heads = heads;
    }

    /** Visits all blocks, those of one group of heads one after the other. */
    void forEachBlock(Work work) {
        for (long picture = 0; picture < heads.batch(); picture++) {
            for (long head = 0; head < heads.heads(); head += heads.group()) {
                rightFactors.clear();
                for (long query = 0; query < heads.queries(); query += heads.block()) {
                    work.add(new Block(picture, head, query, heads.rows(query)));
                }
            }
        }
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
        return program.input(input, heads.blockOfMap(block.rows()), offsetInMap(block));
    }

    /** The block in a whole map that is a result. */
    Slot mapResult(int output, Block block) {
        return program.output(output, heads.blockOfMap(block.rows()), offsetInMap(block));
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
        timesTransposed("scores", queries(0, block), 1, scores, block, post);
        softmax(block).add(scores);
        return scores;
    }

    private Slot bias(int input, Block block) {
        long[] shape = program.shape(input);
        boolean perQuery = shape[2] > 1;
        long row = (shape[0] > 1 ? block.picture() * shape[2] : 0) + (perQuery ? block.query() : 0);
        return program.input(input, heads.blockOfBias(block.rows(), perQuery), row * heads.keys());
    }

    /** The softmax of a block. */
    Softmax softmax(Block block) {
        return softmaxes.computeIfAbsent(
                block.rows(), rows -> new Softmax(program, heads.scores(rows), heads.keyAxis()));
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

    /** A right factor in oneDNN's own layout pays where it is used for many blocks. */
    private MatrixProduct product(
            String name, Slot left, desc plain, long inner, long columns, Slot result, Block block, PostOps post) {
        boolean packs = heads.group() == 1 && heads.queries() > heads.block();
        return products.computeIfAbsent(
                name + block.rows(),
                key -> new MatrixProduct(
                        program, left.layout(), packs ? Layouts.any(inner, columns) : plain, result.layout(), post));
    }

    /** The keys or values of a group of heads, packed at its first block, each time into the same memory. */
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
