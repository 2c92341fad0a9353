package org.sd15.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.benchmark.CaseResult;
import org.sd15.benchmark.DrawnTasks;
import org.sd15.benchmark.EditTask;
import org.sd15.benchmark.EvaluationReport;
import org.sd15.benchmark.MethodSummary;
import org.sd15.benchmark.TaskReport;
import org.sd15.benchmark.method.BenchmarkMethod;
import org.sd15.benchmark.method.Edited;
import org.sd15.benchmark.method.Settings;
import org.sd15.benchmark.method.Workbench;
import org.sd15.cli.report.EditReport.Given;
import org.sd15.cli.report.EditReport.Shown;
import org.sd15.pipeline.image.PngFile;

/**
 * Every kind of page in Chromium, with texts that look like markup and words that don't end: nothing runs, nothing is wider
 * than a phone's 380 pixels, nothing is wrong by the console. With {@code -Dsd15.pages=FOLDER}, pages and screenshots are left.
 */
class PagesInABrowserTest {

    private static final String EVIL =
            "<img src=\"x\" onerror=\"document.title='run'\"> </script></table>'\"&amp; " + "w".repeat(120) + " a star";

    @TempDir
    private Path folder;

    private static BufferedImage picture(int width, int height, Color color) {
        var picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(color);
        graphics.fillOval(width / 8, height / 8, 3 * width / 4, 3 * height / 4);
        graphics.dispose();
        return picture;
    }

    private Map<String, String> pages() throws IOException {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("edit", edit());
        PicturePage several = new PicturePage(EVIL);
        for (int i = 0; i < 6; i++) {
            several.add(i + ".png", EVIL, picture(512, 512, Color.ORANGE));
        }
        pages.put("pictures", several.html(Map.of("Prompt", EVIL, "w".repeat(60), "7")));
        pages.put("evaluation", evaluation());
        pages.put("training", training());
        return pages;
    }

    private static String edit() throws IOException {
        Map<String, BufferedImage> heat = new LinkedHashMap<>();
        heat.put("star", picture(64, 64, Color.MAGENTA));
        heat.put("w".repeat(120), picture(64, 64, Color.PINK));
        return new EditPage(
                        List.of(
                                new Shown("before", EVIL, picture(512, 512, Color.RED), heat),
                                new Shown("after", EVIL, picture(512, 512, Color.BLUE), heat)),
                        new Given(picture(512, 512, Color.RED), picture(512, 512, Color.RED), EVIL),
                        List.of(picture(64, 64, Color.WHITE)),
                        picture(1200, 200, Color.GRAY),
                        Map.of("source", EVIL),
                        EVIL + "\n" + "a table ".repeat(30))
                .html();
    }

    private record Named(String name, boolean isCombination) implements BenchmarkMethod {

        @Override
        public List<Settings> grid() {
            return List.of(Settings.NONE);
        }

        @Override
        public Edited edit(Workbench bench, Settings settings) {
            throw new AssertionError("nothing is edited here");
        }
    }

    private static String evaluation() throws IOException {
        List<EditTask> tasks = DrawnTasks.of(606, 10, 64);
        List<MethodSummary> methods = new ArrayList<>();
        for (int m = 0; m < 16; m++) {
            int number = m;
            methods.add(new MethodSummary(
                    new Named("method-" + m, m > 12),
                    Settings.parse("cross=0.4,self=0.4,guidance=3"),
                    tasks.stream()
                            .map(task -> new CaseResult(
                                    task.name(),
                                    task.kind(),
                                    "method-" + number,
                                    "",
                                    (task.hashCode() + number) % 3 > 0,
                                    20.0 + number,
                                    0.9,
                                    0.01,
                                    0.2,
                                    0.5,
                                    30.0,
                                    1,
                                    1,
                                    null))
                            .toList()));
        }
        List<TaskReport> reports = tasks.stream()
                .map(task -> new TaskReport(task, new TaskReport.Facts(task.name(), 2, 4, 1.0, 0.4, 0.3, 0.2)))
                .toList();
        var report = new EvaluationReport(EVIL, EVIL, 15, 42, 10, methods, reports);
        return new EvaluationPage(report, (task, method) -> picture(64, 64, Color.CYAN), 4).html();
    }

    private String training() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Path data = Files.createDirectories(folder.resolve("data"));
        PngFile.write(run.resolve("loss.png"), picture(900, 500, Color.GREEN), Map.of());
        Files.createDirectories(run.resolve("validation"));
        for (int step : new int[] {0, 100, 200}) {
            PngFile.write(
                    run.resolve("validation/step-%06d-0.png".formatted(step)),
                    picture(512, 512, Color.RED),
                    Map.of("parameters", EVIL));
        }
        PngFile.write(data.resolve("one.png"), picture(900, 600, Color.YELLOW), Map.of());
        Files.writeString(data.resolve("one.txt"), EVIL);
        Files.writeString(run.resolve("run.json"), """
            {"run": "1", "began": "2024-01-01T00:00:00Z", "settings": {"sd15.training.rate": "%s"}}
            """.formatted("x".repeat(200)));
        return Files.readString(TrainingPage.write(run, EVIL, data));
    }

    /** A page that holds another one in a frame as wide as a phone, and says what is in it. */
    private static String phone(String page) {
        String inside = page.replace("&", "&amp;").replace("\"", "&quot;");
        return """
            <!doctype html><meta charset="utf-8"><title>phone</title>
            <iframe id="phone" style="width: 380px; height: 800px; border: 0"></iframe><pre id="seen"></pre>
            <template id="page" data-page="%s"></template>
            <script>
            const frame = document.getElementById('phone');
            frame.onload = () => {
              const page = frame.contentDocument;
              const heat = [...page.querySelectorAll('.word')].map(word => {
                word.dispatchEvent(new Event('mouseenter'));
                return word.closest('figure').querySelector('.heat').src.startsWith('data:');
              });
              document.getElementById('seen').textContent = JSON.stringify({
                width: page.documentElement.scrollWidth, body: page.body.scrollWidth, title: page.title,
                text: page.body.innerText.includes('<img src="x" onerror='), lit: heat,
                broken: [...page.images].filter(image => image.src && !image.complete).length,
                foreign: page.querySelectorAll('img[src="x"]').length});
            };
            frame.srcdoc = document.getElementById('page').dataset.page;
            </script>
            """.formatted(inside);
    }

    @Test
    void everyPageFitsAPhoneAndRunsNothingThatWasTyped() throws Exception {
        Path program = Chromium.found()
                .orElseGet(() -> abort("NO CHROMIUM: pages were not looked at; set CHROME_BIN, or install chromium"));
        var browser = new Chromium(program, folder);
        String left = System.getProperty("sd15.pages");
        for (Map.Entry<String, String> page : pages().entrySet()) {
            Path file = folder.resolve("phone-" + page.getKey() + ".html");
            Files.writeString(file, phone(page.getValue()));
            Chromium.Seen seen = browser.open(file);
            String found = seen.document().replaceFirst("(?s).*<pre id=\"seen\">(.*?)</pre>.*", "$1");
            assertThat(found)
                    .as("%s in %s; %s", page.getKey(), program, seen.log())
                    .contains("\"width\":380", "\"text\":true", "\"broken\":0", "\"foreign\":0")
                    .doesNotContain("\"title\":\"run\"", "false");
            assertThat(seen.log()
                            .lines()
                            .filter(line -> line.contains("CONSOLE"))
                            .collect(Collectors.joining("\n")))
                    .as(page.getKey())
                    .isEmpty();
            if (left != null) {
                leave(page, browser, file, Files.createDirectories(Path.of(left)));
            }
        }
    }

    private static void leave(Map.Entry<String, String> page, Chromium browser, Path phone, Path left)
            throws Exception {
        Path whole = left.resolve(page.getKey() + ".html");
        Files.writeString(whole, page.getValue());
        browser.screenshot(phone, 420, 860, left.resolve(page.getKey() + "-380.png"));
        browser.screenshot(whole, 1600, 1600, left.resolve(page.getKey() + "-1600.png"));
    }

    /** What looks is no use if it sees nothing: a page that is too wide, runs what was typed and fails is seen as such. */
    @Test
    void aBadPageIsSeen() throws Exception {
        Path program = Chromium.found()
                .orElseGet(() -> abort("NO CHROMIUM: pages were not looked at; set CHROME_BIN, or install chromium"));
        Path file = folder.resolve("bad.html");
        Files.writeString(
                file, phone("<title>x</title><div style='width: 700px'>" + EVIL + "<script>nothing()</script>"));
        Chromium.Seen seen = new Chromium(program, folder).open(file);
        assertThat(seen.document())
                .contains("\"text\":false", "\"title\":\"run\"", "\"foreign\":1")
                .doesNotContain("\"width\":380");
        assertThat(seen.log()).contains("CONSOLE", "nothing is not defined");
    }
}
