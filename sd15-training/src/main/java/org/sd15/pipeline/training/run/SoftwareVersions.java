package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;

/** Which program this is, and what it computes with; goes into the record of each training. */
public final class SoftwareVersions {

    /** This program. */
    public static final String SD15 = "sd15 0.2.0";

    private static final String OF_ND4J = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";

    private SoftwareVersions() {}

    /** This program, ND4J and Java. */
    public static String all() {
        return "%s, nd4j %s, java %s".formatted(SD15, nd4j(), Runtime.version().feature());
    }

    private static String nd4j() {
        Properties properties = new Properties();
        try (InputStream file = Nd4j.class.getResourceAsStream(OF_ND4J)) {
            if (file != null) {
                properties.load(file);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        return properties.getProperty("version", "of unknown version");
    }
}
