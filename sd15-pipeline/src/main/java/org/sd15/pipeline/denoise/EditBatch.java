package org.sd15.pipeline.denoise;

import java.util.List;

/**
 * Several methods in one batch, each for pictures of its own; see {@link SideBySide}.
 *
 * @param shares in the order of the pictures
 */
public record EditBatch(List<Share> shares) implements EditMethod {

    /**
     * One method.
     *
     * @param method what is done to the pictures
     * @param pictures how many these are, at least 1
     */
    public record Share(EditMethod method, int pictures) {}

    /** Copies the list. */
    public EditBatch {
        shares = List.copyOf(shares);
    }

    /** Methods in the order of their pictures. */
    public static EditBatch of(Share... shares) {
        return new EditBatch(List.of(shares));
    }

    /** How many pictures the batch has. */
    public int pictures() {
        return shares.stream().mapToInt(Share::pictures).sum();
    }

    @Override
    public EditProgram over(Stage stage) {
        RowLayout rows = stage.rows();
        if (rows.pictures() != pictures()) {
            throw new IllegalArgumentException(
                    "edits of %d pictures side by side, the batch has %d".formatted(pictures(), rows.pictures()));
        }
        if (shares.size() == 1) {
            return shares.get(0).method.over(stage);
        }
        if (rows.perPicture() > 2) {
            throw new IllegalArgumentException(
                    "edits side by side in a run of %d rows for each picture: only one or two are known"
                            .formatted(rows.perPicture()));
        }
        List<SideBySide.Member> members = shares.stream()
                .map(share -> new SideBySide.Member(share.method.over(stage.pictures(share.pictures)), share.pictures))
                .toList();
        return new SideBySide(members, rows.guided());
    }
}
