package org.sd15.pipeline.denoise;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;

/**
 * Several edits in one batch: each program has pictures of its own, and does to them what it would do if they were alone.
 * The pictures of the first program come first.
 *
 * @param members the programs in order
 * @param guided whether each picture has an unconditional row as well
 */
public record SideBySide(List<Member> members, boolean guided) implements EditProgram {

    /**
     * One edit.
     *
     * @param program made for a {@link RowLayout} of just its own pictures
     * @param pictures how many these are
     */
    public record Member(EditProgram program, int pictures) {}

    /** A member with its place in the batch. */
    private record Placed(Member member, int first, RowLayout all) {

        RowLayout own() {
            return new RowLayout(member.pictures, all.guided());
        }

        /** The row of the batch that each row of the member is. */
        int[] rows() {
            int[] rows = new int[own().rows()];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = i / member.pictures * all.pictures() + first + i % member.pictures;
            }
            return rows;
        }

        /** The member's part of an array over pictures. */
        INDArray pictures(INDArray array) {
            return array.get(NDArrayIndex.interval(first, first + member.pictures))
                    .dup('c');
        }

        /** The member's part of an array over rows. */
        INDArray rows(INDArray array) {
            int start = all.conditional(first);
            INDArray conditional = array.get(NDArrayIndex.interval(start, start + member.pictures));
            return all.guided() ? Nd4j.concat(0, pictures(array), conditional) : conditional;
        }
    }

    /** Copies the list. */
    public SideBySide {
        members = List.copyOf(members);
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a batch of no edits");
        }
    }

    private List<Placed> placed() {
        RowLayout all =
                new RowLayout(members.stream().mapToInt(Member::pictures).sum(), guided);
        List<Placed> placed = new ArrayList<>();
        int first = 0;
        for (Member member : members) {
            placed.add(new Placed(member, first, all));
            first += member.pictures;
        }
        return placed;
    }

    @Override
    public AttentionPlan plan(AttentionPlan plan, List<AttentionSite> sites) {
        AttentionPlan all = plan;
        for (Member member : members) {
            all = member.program.plan(all, sites);
        }
        return all;
    }

    @Override
    public AttentionControl control(int step, AttentionControl control) {
        AttentionControl all = control;
        for (Placed placed : placed()) {
            AttentionControl none = AttentionControl.identity(placed.own().rows());
            all = all.rows(placed.rows(), placed.member.program.control(step, none));
        }
        return all;
    }

    @Override
    public Collection<String> taps(int step) {
        Set<String> all = new LinkedHashSet<>();
        members.forEach(member -> all.addAll(member.program.taps(step)));
        return all;
    }

    @Override
    public void observe(int step, Map<String, INDArray> maps) {
        for (Placed placed : placed()) {
            Map<String, INDArray> own = new LinkedHashMap<>();
            for (String name : placed.member.program.taps(step)) {
                own.put(name, placed.rows(Objects.requireNonNull(maps.get(name), name)));
            }
            placed.member.program.observe(step, own);
        }
    }

    @Override
    public INDArray context(int step, INDArray context) {
        List<INDArray> unconditional = new ArrayList<>();
        List<INDArray> conditional = new ArrayList<>();
        for (Placed placed : placed()) {
            INDArray own = placed.member.program.context(step, placed.rows(context));
            int pictures = placed.member.pictures;
            if (guided) {
                unconditional.add(own.get(NDArrayIndex.interval(0, pictures)));
            }
            conditional.add(own.get(NDArrayIndex.interval(own.size(0) - pictures, own.size(0))));
        }
        unconditional.addAll(conditional);
        return Nd4j.concat(0, unconditional.toArray(INDArray[]::new));
    }

    @Override
    public INDArray combineNoise(int step, INDArray rows, INDArray combined) {
        return each(combined, (placed, own) -> placed.member.program.combineNoise(step, placed.rows(rows), own));
    }

    @Override
    public INDArray beforeStep(int step, INDArray latents, StepModel model) {
        return each(latents, (placed, own) -> {
            StepModel ownModel = model.pictures(placed.first, placed.member.pictures);
            return placed.member.program.beforeStep(step, own, ownModel);
        });
    }

    @Override
    public INDArray afterStep(int step, INDArray latents) {
        return each(latents, (placed, own) -> placed.member.program.afterStep(step, own));
    }

    private INDArray each(INDArray latents, BiFunction<Placed, INDArray, INDArray> change) {
        List<Placed> all = placed();
        Placed last = all.get(all.size() - 1);
        if (latents.size(0) != last.first + last.member.pictures) {
            throw new IllegalArgumentException("edits of %d pictures side by side, the batch has %d"
                    .formatted(last.first + last.member.pictures, latents.size(0)));
        }
        return Nd4j.concat(
                0,
                all.stream()
                        .map(placed -> change.apply(placed, placed.pictures(latents)))
                        .toArray(INDArray[]::new));
    }
}
