package org.sd15.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Editing by words, sliders, rings and a brush, as a user does it. */
@ExtendWith(OnePage.class)
class EditPageTest {

    private static final int ENTER = 13;
    private static final String THIRD = "#target-chips .chip:nth-child(3) ";

    private BrowserTab tab;

    @BeforeEach
    void open(PageServer page) throws Exception {
        tab = page.tab(1600, 1000);
        tab.click("#tab-edit");
        tab.run("document.getElementById('edit-live').click()"); // off, until a test wants it
        tab.set("#edit-settings [data-field=steps]", "6");
    }

    @AfterEach
    void nothingWentWrong() {
        assertThat(tab.complaints()).isEmpty();
        tab.close();
    }

    private JsonNode job() {
        return tab.value("fetch('/api/jobs?limit=1').then((a) => a.json()).then((a) => a.jobs[0])");
    }

    private int jobs() {
        return tab.value("fetch('/api/jobs?limit=500').then((a) => a.json()).then((a) => a.jobs.length)")
                .asInt();
    }

    private void live() {
        tab.click("#edit-live");
        tab.run("document.getElementById('edit-live').blur()");
    }

    /** Waits until the picture after the edit is that of a job other than the one before. */
    private JsonNode edited(String before) throws Exception {
        tab.await("document.querySelector('#edit-picture .after img').src.includes('/files/') &&"
                + " !document.querySelector('#edit-picture .after img').src.includes(" + BrowserTab.quoted(before + "/")
                + ") && document.querySelector('#edit-progress .progress').hidden");
        return job();
    }

    @Test
    void aWordIsSwapped() throws Exception {
        tab.write(THIRD + "input[type=text]", "yellow");
        tab.key("Enter", ENTER);
        tab.click("#edit-go");
        JsonNode job = edited("none");
        assertThat(job.at("/request/target").asText()).isEqualTo("a large yellow star on a white background");
        assertThat(job.at("/request/source").asText()).isEqualTo("a large blue star on a white background");
        tab.await("document.querySelectorAll('#lines path').length === 8");
        assertThat(tab.value("document.querySelectorAll('#edit-strip li').length")
                        .asInt())
                .isPositive();
        assertThat(tab.value("document.querySelectorAll('#edit-listing code').length")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void wordsAreInsertedAndDeleted() throws Exception {
        tab.click(THIRD + ".delete");
        tab.await("document.querySelectorAll('#target-chips .chip').length === 7");
        tab.click("#target-chips .last .insert");
        tab.write("#target-chips .chip:nth-child(8) input[type=text]", "with dots");
        tab.key("Enter", ENTER);
        tab.await("document.querySelectorAll('#target-chips .chip').length === 9");
        tab.click("#edit-go");
        assertThat(edited("none").at("/request/target").asText())
                .isEqualTo("a large star on a white background with dots");
    }

    @Test
    void aPulledSliderIsOneEdit() throws Exception {
        tab.click("#edit-go");
        String first = edited("none").get("id").asText();
        int before = jobs();
        live();
        tab.drag(THIRD + "input[type=range]", 0.5, 0.5, 0.9, 0.5);
        JsonNode job = edited(first);
        assertThat(job.at("/request/weights/red").asDouble()).isBetween(2.5, 4.0);
        assertThat(jobs()).isEqualTo(before + 1);
    }

    @Test
    void pointingAtAWordShowsItsMapOverBothPictures() throws Exception {
        tab.click("#edit-go");
        edited("none");
        tab.pointAway();
        Thread.sleep(300);
        BufferedImage plain = tab.picture("#edit-picture .compare");
        tab.point(THIRD + ".word");
        tab.await("document.querySelectorAll('.heat.shown').length === 2");
        Thread.sleep(300); // it fades in
        BufferedImage heated = tab.picture("#edit-picture .compare");
        assertThat(differing(plain, heated, 0, 0.45)).isGreaterThan(0.5);
        assertThat(differing(plain, heated, 0.55, 1)).isGreaterThan(0.5);
        tab.pointAway();
        tab.await("document.querySelectorAll('.heat.shown').length === 0");
        Thread.sleep(300);
        assertThat(differing(plain, tab.picture("#edit-picture .compare"), 0, 1))
                .isZero();
    }

    /** The share of the pixels that differ clearly, between two shares of the width. */
    private static double differing(BufferedImage one, BufferedImage other, double from, double to) {
        int count = 0;
        int all = 0;
        for (int y = 0; y < one.getHeight(); y++) {
            for (int x = (int) (from * one.getWidth()); x < (int) (to * one.getWidth()); x++) {
                all++;
                int a = one.getRGB(x, y);
                int b = other.getRGB(x, y);
                int most = 0;
                for (int shift = 0; shift < 24; shift += 8) {
                    most = Math.max(most, Math.abs((a >> shift & 255) - (b >> shift & 255)));
                }
                count += most > 16 ? 1 : 0;
            }
        }
        return (double) count / all;
    }

    @Test
    void aRingAtAWordBlendsThere() throws Exception {
        tab.click(THIRD + ".blend");
        tab.await("document.querySelector('" + THIRD + ".blend').getAttribute('aria-pressed') === 'true'");
        tab.click("#edit-go");
        JsonNode job = edited("none");
        assertThat(job.at("/request/blend/0/0").asText()).isEqualTo("blue");
        assertThat(job.at("/request/blend/0/1").asText()).isEqualTo("red");
        assertThat(job.get("files").findValuesAsText("role")).contains("blend");
    }

    @Test
    void aPictureIsInvertedAndAMaskPainted() throws Exception {
        tab.click("#edit-go");
        String first = edited("none").get("id").asText();
        tab.click("#history li button");
        tab.click("dialog .main");
        tab.await("!document.querySelector('#picture-panel .own').hidden");
        tab.click("#edit-go");
        JsonNode edit = edited(first);
        assertThat(edit.at("/result/reconstruction/psnr").isMissingNode()).isFalse();
        assertThat(tab.value("document.querySelector('#picture-report dd').textContent")
                        .asText())
                .isNotBlank();
        tab.set("#edit-method", "inpaint");
        tab.set("#edit-settings [data-field=steps]", "6");
        tab.drag("canvas.mask", 0.3, 0.4, 0.7, 0.6);
        tab.click("#edit-go");
        JsonNode painted = edited(edit.get("id").asText());
        assertThat(painted.get("kind").asText()).isEqualTo("generate");
        assertThat(painted.get("request").has("mask")).isTrue();
        assertThat(painted.get("state").asText()).isEqualTo("done");
    }

    @Test
    void anEditIsCancelledAndTheOldStays() throws Exception {
        tab.click("#edit-go");
        String first = edited("none").get("id").asText();
        tab.set("#edit-settings [data-field=steps]", "100");
        tab.click("#edit-go");
        tab.await("document.querySelector('#edit-progress .progress:not([hidden]) progress')?.value > 1");
        tab.click("#edit-progress .cancel");
        tab.await("document.querySelector('#edit-progress .said').textContent === 'Cancelled.'");
        assertThat(tab.value("document.querySelector('#edit-picture .after img').src")
                        .asText())
                .contains(first);
    }

    @Test
    void aReloadKeepsWordsSlidersAndPictures() throws Exception {
        tab.set(THIRD + "input[type=range]", "2.5");
        tab.set("#edit-settings [data-field=cross]", "0.6");
        tab.click("#edit-go");
        JsonNode job = edited("none");
        tab.reload();
        tab.await("document.querySelector('#edit-picture .after img').src.includes("
                + BrowserTab.quoted(job.get("id").asText()) + ")");
        assertThat(tab.value("document.getElementById('edit').hidden").asBoolean())
                .isFalse();
        assertThat(tab.value("document.querySelector('" + THIRD + "input[type=range]').value")
                        .asText())
                .isEqualTo("2.5");
        assertThat(tab.value("document.querySelector('#edit-settings [data-field=cross]').value")
                        .asText())
                .isEqualTo("0.6");
    }

    @Test
    void whatIsTypedIsTextAndNothingElse() throws Exception {
        String markup = "<img src=x onerror=window.hit=1>";
        tab.write("#edit-source", markup);
        tab.await("document.querySelectorAll('#source-chips .chip').length > 1");
        tab.click("#target-reset");
        assertThat(tab.value("window.hit === undefined && !document.querySelector('img[src=x]')")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void theDividingLineMovesByDraggingAndByKeys() throws Exception {
        tab.click("#edit-go");
        edited("none");
        tab.drag(".divider", 0.5, 0.5, 0.25, 0.5);
        assertThat(tab.value("Number(document.querySelector('.divider').value)").asDouble())
                .isBetween(20.0, 30.0);
        tab.run("document.querySelector('.divider').value = 40; document.querySelector('.divider').focus()");
        tab.key("ArrowRight", 39);
        assertThat(tab.value("document.querySelector('.compare').style.getPropertyValue('--cut')")
                        .asText())
                .isEqualTo("41%");
    }
}
