package org.sd15.spark;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Spark sessions of the tests. */
final class Sessions {

    /** Where surefire's configuration has the Spark home, in whose processes executors run. */
    static final Path HOME = Path.of("target/spark-home");

    private Sessions() {}

    /** Two tasks at a time in this process; started by the first test that asks, and shared. */
    static SparkSession local() {
        return with("local[2]").getOrCreate();
    }

    /** Settings of a session of a master. */
    static SparkSession.Builder with(String master) {
        return SparkSession.builder()
                .master(master)
                .appName("tests")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.warehouse.dir", "target/spark-warehouse");
    }

    /** A table in some partitions, each of which has its rows in order. */
    static Dataset<Row> table(SparkSession session, StructType schema, int partitions, List<Row> rows) {
        return session.createDataFrame(
                session.sparkContext()
                        .parallelize(
                                scala.jdk.javaapi.CollectionConverters.asScala(rows)
                                        .toSeq(),
                                partitions,
                                tag())
                        .toJavaRDD(),
                schema);
    }

    /** The same of the shared session. */
    static Dataset<Row> table(StructType schema, int partitions, List<Row> rows) {
        return table(local(), schema, partitions, rows);
    }

    private static scala.reflect.ClassTag<Row> tag() {
        return scala.reflect.ClassTag$.MODULE$.apply(Row.class);
    }
}
