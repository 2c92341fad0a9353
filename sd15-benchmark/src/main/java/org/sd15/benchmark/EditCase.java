package org.sd15.benchmark;

import org.sd15.shapes.Scene;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.ShapeObject;

/**
 * One task of the benchmark: a scene, and the scene that the edit should make of it.
 *
 * @param kind what is asked for
 * @param source what the picture shows
 * @param target what the edited picture should show; its caption is the prompt of the edit
 * @param before the object that is edited, as it is; for a background, any object of the scene
 * @param after the object that is edited, as it should be
 * @param sourceWord the word of the source's caption that the edit is about
 * @param targetWord the word of the target's caption that takes its place
 */
public record EditCase(
        EditKind kind,
        Scene source,
        Scene target,
        ShapeObject before,
        ShapeObject after,
        String sourceWord,
        String targetWord) {

    /**
     * Where the picture may change: the object as it was and as it should be, or all that is no object.
     *
     * @return shares from 0 to 1, row by row
     */
    public float[] editable(ScenePainter painter) {
        if (kind == EditKind.BACKGROUND) {
            float[] free = new float[painter.side() * painter.side()];
            java.util.Arrays.fill(free, 1);
            for (ShapeObject object : source.objects()) {
                float[] mask = painter.mask(object);
                for (int i = 0; i < free.length; i++) {
                    free[i] = Math.min(free[i], 1 - mask[i]);
                }
            }
            return free;
        }
        float[] both = painter.mask(before);
        float[] wanted = painter.mask(after);
        for (int i = 0; i < both.length; i++) {
            both[i] = Math.max(both[i], wanted[i]);
        }
        return both;
    }
}
