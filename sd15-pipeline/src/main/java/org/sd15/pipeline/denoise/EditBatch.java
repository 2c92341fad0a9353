package org.sd15.pipeline.denoise;

import java.util.List;

/**
 * Several methods in one batch, each for pictures of its own; see {@link SideBySide}.
 *
 * @param parts in the order of the pictures
 */
public record EditBatch(List<Part> parts) implements EditMethod {

    /**
     * One method.
     *
     * @param method what is done to the pictures
     * @param pictures how many these are, at least 1
     */
    public record Part(EditMethod method, int pictures) {}

    /** Copies the list. */
    public EditBatch {
        parts = List.copyOf(parts);
    }

    /** Methods in the order of their pictures. */
    public static EditBatch of(Part... parts) {
        return new EditBatch(List.of(parts));
    }

    /** How many pictures the batch has. */
    public int pictures() {
        return parts.stream().mapToInt(Part::pictures).sum();
    }

    @Override
    public EditProgram over(Stage stage) {
        RowLayout rows = stage.rows();
        if (rows.pictures() != pictures()) {
            throw new IllegalArgumentException(
                    "edits of %d pictures side by side, the batch has %d".formatted(pictures(), rows.pictures()));
        }
        if (parts.size() == 1) {
            return parts.get(0).method.over(stage);
        }
        if (rows.perPicture() > 2) {
            throw new IllegalArgumentException(
                    "edits side by side in a run of %d rows for each picture: only one or two are known"
                            .formatted(rows.perPicture()));
        }
        List<SideBySide.Member> members = parts.stream()
                .map(part -> new SideBySide.Member(part.method.over(stage.pictures(part.pictures)), part.pictures))
                .toList();
        return new SideBySide(members, rows.guided());
    }
}
