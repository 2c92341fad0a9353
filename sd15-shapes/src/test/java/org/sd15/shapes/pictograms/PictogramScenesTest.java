package org.sd15.shapes.pictograms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sd15.testing.shapes.DrawnSprites;

class PictogramScenesTest {

    private static final int SIDE = PictogramScene.SIDE;
    private static final int MANY = 4000;
    private static final List<Pictogram> SIX = DrawnSprites.six();
    private static final PictogramScenes SCENES = new PictogramScenes(SIX, 3);

    private static List<PictogramScene> some(Function<Long, PictogramScene> scenes, int count) {
        return IntStream.range(0, count).mapToObj(i -> scenes.apply((long) i)).toList();
    }

    private static double part(List<PictogramScene> scenes, Predicate<PictogramScene> which) {
        return scenes.stream().filter(which).count() / (double) scenes.size();
    }

    /** The order in which scenes are asked for does not matter. */
    @Test
    void aSceneDependsOnTheSeedAndOnItsNumberAlone() {
        List<PictogramScene> forwards = some(SCENES::any, 30);
        var again = new PictogramScenes(SIX, 3);
        List<PictogramScene> backwards = new ArrayList<>();
        for (int i = 29; i >= 0; i--) {
            again.pair(i);
            backwards.add(again.any(i));
        }
        Collections.reverse(backwards);
        assertThat(backwards).isEqualTo(forwards);
        assertThat(some(new PictogramScenes(SIX, 4)::any, 30)).doesNotContainAnyElementsOf(forwards);
        assertThat(forwards).doesNotHaveDuplicates();
    }

    @Test
    void captionsSayWhatIsThereInPlainWords() {
        String thing = "(a cherry|a unicorn|an orange|a blue book|a snowman|an umbrella)";
        String sized = "(%s|a (small|large) (cherry|unicorn|orange|blue book|snowman|umbrella))".formatted(thing);
        String behind = "( on a (white|gray|black|brown|blue|green|pink|yellow) background)?";
        assertThat(some(SCENES::any, 500))
                .allMatch(scene ->
                        scene.caption().matches("(%s|%s (left of|above) %s)%s".formatted(sized, thing, thing, behind)));
    }

    @Test
    void aSingleThingIsWholeAndAsLargeAsItsCaptionSays() {
        for (PictogramScene scene : some(SCENES::single, 400)) {
            assertThat(scene.things()).hasSize(1);
            Thing thing = scene.things().get(0);
            assertThat(scene.caption()).contains(thing.pictogram().name());
            int[] sides = scene.caption().startsWith("a small ")
                    ? new int[] {24, 28}
                    : scene.caption().startsWith("a large ") ? new int[] {47, 53} : new int[] {34, 38};
            assertThat(thing.side()).isBetween(sides[0], sides[1]);
            assertThat(Math.min(thing.left(), thing.top())).isNotNegative();
            assertThat(Math.max(thing.left(), thing.top()) + thing.side()).isLessThanOrEqualTo(SIDE);
            assertThat(thing.x()).isCloseTo(SIDE / 2.0, within(9.0));
            assertThat(thing.y()).isCloseTo(SIDE / 2.0, within(9.0));
        }
    }

    @Test
    void twoThingsDifferDoNotTouchAndLieAsTheirCaptionSays() {
        for (PictogramScene scene : some(SCENES::pair, 300)) {
            Thing first = scene.things().get(0);
            Thing second = scene.things().get(1);
            assertThat(first.pictogram()).isNotSameAs(second.pictogram());
            assertThat(scene.caption())
                    .startsWith(first.pictogram().withArticle())
                    .contains(" " + second.pictogram().withArticle() + " on a ");
            boolean beside = scene.caption().contains(" left of ");
            assertThat(scene.caption().contains(" above ")).isNotEqualTo(beside);
            int end = (beside ? first.left() : first.top()) + first.side();
            assertThat(end).isLessThanOrEqualTo(beside ? second.left() : second.top());
            for (Thing thing : scene.things()) {
                assertThat(Math.min(thing.left(), thing.top())).isNotNegative();
                assertThat(Math.max(thing.left(), thing.top()) + thing.side()).isLessThanOrEqualTo(SIDE);
            }
        }
    }

    @Test
    void aCrowdIsFourWholeThingsThatDoNotOverlap() {
        for (PictogramScene scene : some(SCENES::crowd, 100)) {
            assertThat(scene.things()).hasSize(4);
            int[] owners = new int[SIDE * SIDE];
            for (Thing thing : scene.things()) {
                assertThat(Math.min(thing.left(), thing.top())).isNotNegative();
                for (int i = 0; i < thing.side() * thing.side(); i++) {
                    owners[(thing.top() + i / thing.side()) * SIDE + thing.left() + i % thing.side()]++;
                }
            }
            assertThat(Arrays.stream(owners).max().orElseThrow()).isEqualTo(1);
        }
    }

    /** Bounds are four standard deviations of a count. */
    @Test
    void sizesPairsAndBackgroundsAreAsFrequentAsThePlanSays() {
        List<PictogramScene> all = some(SCENES::any, MANY);
        assertThat(part(all, scene -> scene.things().size() == 2)).isCloseTo(0.3, within(0.03));
        assertThat(part(all, scene -> scene.caption().endsWith(" background"))).isCloseTo(0.9, within(0.02));
        List<PictogramScene> singles = some(SCENES::single, MANY);
        assertThat(part(singles, scene -> scene.caption().contains(" small "))).isCloseTo(0.25, within(0.03));
        assertThat(part(singles, scene -> scene.caption().contains(" large "))).isCloseTo(0.25, within(0.03));
        List<PictogramScene> pairs = some(SCENES::pair, MANY);
        assertThat(part(pairs, scene -> scene.caption().contains(" above "))).isCloseTo(0.5, within(0.032));
    }

    @Test
    void everyThingIsDrawnAsOftenAsAnyOtherOnEveryBackgroundThatItStandsOutFrom() {
        List<PictogramScene> singles = some(SCENES::single, MANY);
        for (Pictogram pictogram : SIX) {
            List<PictogramScene> own = singles.stream()
                    .filter(scene -> scene.things().get(0).pictogram() == pictogram)
                    .toList();
            assertThat(own.size() / (double) MANY).isCloseTo(1 / 6.0, within(0.024));
            Map<Backdrop, Long> counts =
                    own.stream().collect(Collectors.groupingBy(PictogramScene::backdrop, Collectors.counting()));
            for (Backdrop backdrop : Backdrop.values()) {
                assertThat(counts.containsKey(backdrop)).isEqualTo(pictogram.contrast(backdrop) >= 0.3);
            }
        }
    }

    @Test
    void whiteThingsAreNotDrawnOnWhite() {
        Pictogram snowman = SIX.get(4);
        assertThat(snowman.contrast(Backdrop.WHITE)).isLessThan(0.1);
        assertThat(some(SCENES::any, 500))
                .noneMatch(scene -> scene.backdrop() == Backdrop.WHITE
                        && scene.things().stream().anyMatch(thing -> thing.pictogram() == snowman));
    }

    @Test
    void oneThingIsNotEnough() {
        assertThatThrownBy(() -> new PictogramScenes(SIX.subList(0, 1), 1))
                .hasMessage("scenes need at least 2 pictograms, not 1");
    }
}
