package org.sd15.spark;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Sessions of a test that wants a master of its own; a process has one at a time. */
public final class Masters {

    private Masters() {}

    /** A session in the place of the one that there is. */
    public static JavaSparkContext start(String master) {
        stop();
        return new JavaSparkContext(Sessions.with(master).getOrCreate().sparkContext());
    }

    /** Two executors that are processes of their own, with one core each. */
    public static JavaSparkContext cluster() throws IOException {
        stop();
        Files.createDirectories(Sessions.HOME.resolve("jars")); // executors get the jars by their class path
        return new JavaSparkContext(Sessions.with("local-cluster[2,1,1024]")
                .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .config("spark.executor.extraJavaOptions", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0")
                .getOrCreate()
                .sparkContext());
    }

    /** Kills an executor. */
    public static void killExecutor() {
        ProcessHandle.current()
                .children()
                .filter(child -> child.info().command().orElse("").contains("java"))
                .findFirst()
                .orElseThrow()
                .destroyForcibly();
    }

    /** Ends the session that there is. */
    public static void stop() {
        if (SparkSession.getDefaultSession().isDefined()) {
            SparkSession.getDefaultSession().get().stop();
        }
    }
}
