package org.sd15.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/** How long it takes from letting go of a slider to the first preview of the new edit, in the page, in ms. */
@Tag("full")
@ExtendWith(OnePage.class)
class SliderLatencyTest {

    private static final int RUNS = 20;
    private static final double MOST = 400;
    private static final String AFTER = "document.querySelector('#edit-picture .after img')";
    private static final String IDLE =
            AFTER + ".src.includes('/files/') && document.querySelector('#edit-progress .progress').hidden";

    @Test
    void theFirstPreviewOfAnEditOfAnInvertedPictureComesAtOnce(PageServer page) throws Exception {
        List<Double> times = new ArrayList<>();
        try (BrowserTab tab = page.tab(1600, 1000)) {
            tab.click("#tab-edit");
            tab.run("document.getElementById('edit-live').click()"); // off until there is a picture
            tab.click("#edit-go");
            tab.await(IDLE);
            tab.click("#history li button");
            tab.click("dialog .main");
            tab.await("!document.querySelector('#picture-panel .own').hidden");
            tab.click("#edit-go");
            tab.await(AFTER + " && document.querySelector('#picture-report dd') && " + IDLE); // it is inverted now
            tab.click("#edit-live");
            tab.run("window.begun = null; window.took = null;"
                    + " document.addEventListener('pointerup', () => { window.begun = performance.now(); }, true);"
                    + " new MutationObserver(() => { if (window.begun !== null && " + AFTER
                    + ".src.startsWith('data:')) { window.took = performance.now() - window.begun; window.begun = null; } })"
                    + ".observe(" + AFTER + ", {attributes: true, attributeFilter: ['src']})");
            for (int i = 0; i < RUNS; i++) {
                tab.run("window.took = null");
                double to = i % 2 == 0 ? 0.8 : 0.3;
                tab.drag("#target-chips .chip:nth-child(3) input[type=range]", 0.5, 0.5, to, 0.5);
                tab.await("window.took !== null");
                times.add(tab.value("window.took").asDouble());
                tab.await(IDLE);
            }
        }
        Collections.sort(times);
        LoggerFactory.getLogger(getClass()).warn("slider to first preview, ms, sorted: {}", times);
        assertThat((times.get(RUNS / 2 - 1) + times.get(RUNS / 2)) / 2).isLessThan(MOST);
    }
}
