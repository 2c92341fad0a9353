package org.sd15.shapes.pictograms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.pictograms.Pictograms.Name;
import org.sd15.testing.shapes.DrawnSprites;

class PictogramsTest {

    @TempDir
    private Path folder;

    @Test
    void theListHasSeventyDifferentThings() {
        List<Name> names = Pictograms.names();
        assertThat(names).hasSize(70);
        assertThat(names).extracting(Name::shortName).doesNotHaveDuplicates();
        assertThat(names).extracting(Name::words).doesNotHaveDuplicates().contains("red book", "pineapple");
        assertThat(names.get(0)).isEqualTo(new Name("cat", "cat"));
    }

    @Test
    void picturesAreFoundByTheShortNamesOfThePackage() throws Exception {
        Files.writeString(
                folder.resolve("emoji.json"),
                "[{\"short_names\": [\"car\", \"red_car\"], \"image\": \"1f697.png\"},"
                        + " {\"short_names\": [\"heart\"], \"image\": \"2764-fe0f.png\"}]");
        Path images = Files.createDirectories(folder.resolve("img/google/64"));
        PngFile.write(images.resolve("1f697.png"), DrawnSprites.image(Color.RED, false), Map.of());
        List<Pictogram> read = Pictograms.read(folder, List.of(new Name("red_car", "red car")));
        assertThat(read).extracting(Pictogram::name).containsExactly("red car");
        assertThat(read.get(0).contrast(Backdrop.BLACK)).isGreaterThan(0.8);
        assertThatThrownBy(() -> Pictograms.read(folder, List.of(new Name("taxi", "yellow car"))))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("emoji.json has no pictogram taxi");
    }

    @Test
    void aMissingPackageIsRefusedWithTheScriptThatFetchesIt() {
        assertThatThrownBy(() -> Pictograms.read(folder, Pictograms.names()))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("emoji.json")
                .hasMessageContaining("tools/pictograms/fetch.sh");
    }
}
