package org.sd15.examples;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Stream;
import org.sd15.pipeline.StableDiffusion;

/** The walls of the house: imports run one way, and what is the examples' business stays there. */
@AnalyzeClasses(packages = "org.sd15", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** From the lowest to the highest; each may use those before it. */
    private static final List<String> MODULES = List.of(
            "attention",
            "fused",
            "unet",
            "importer",
            "pipeline",
            "training",
            "shapes",
            "benchmark",
            "server",
            "cli",
            "examples");

    @ArchTest
    static final ArchRule MODULES_DEPEND_ONE_WAY = modules();

    private static ArchRule modules() {
        LayeredArchitecture modules = layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (String module : MODULES) {
            modules = modules.layer(module).definedBy(inModule(module));
        }
        for (int i = 1; i < MODULES.size(); i++) {
            String[] above = MODULES.subList(i + 1, MODULES.size()).toArray(String[]::new);
            LayeredArchitecture.LayerDependencySpecification layer = modules.whereLayer(MODULES.get(i));
            modules = above.length == 0 ? layer.mayNotBeAccessedByAnyLayer() : layer.mayOnlyBeAccessedByLayers(above);
        }
        return modules;
    }

    private static DescribedPredicate<JavaClass> inModule(String module) {
        return switch (module) {
            case "attention" ->
                resideInAPackage("org.sd15.attention..").and(resideOutsideOfPackage("org.sd15.attention.fused.."));
            case "fused" -> resideInAPackage("org.sd15.attention.fused..");
            case "pipeline" ->
                resideInAPackage("org.sd15.pipeline..").and(resideOutsideOfPackage("org.sd15.pipeline.training.."));
            case "training" -> resideInAPackage("org.sd15.pipeline.training..");
            default -> resideInAPackage("org.sd15." + module + "..");
        };
    }

    @ArchTest
    static final ArchRule NOBODY_BELOW_THE_PIPELINE_KNOWS_FUSED = noClasses()
            .that()
            .resideInAnyPackage("org.sd15.attention..", "org.sd15.unet..", "org.sd15.importer..")
            .and()
            .resideOutsideOfPackage("org.sd15.attention.fused..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.sd15.attention.fused..")
            .because("oneDNN stands behind Execution");

    @ArchTest
    static final ArchRule ATTENTION_HAS_NO_CYCLES =
            slices().matching("org.sd15.attention.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_FACADE_STANDS_ON_TOP = noClasses()
            .that()
            .resideInAPackage("org.sd15.pipeline..")
            .and()
            .resideOutsideOfPackage("org.sd15.pipeline.training..")
            .and()
            .areNotAssignableTo(StableDiffusion.class)
            .should()
            .dependOnClassesThat()
            .areAssignableTo(StableDiffusion.class)
            .because("runs are made of Components");

    @ArchTest
    static final ArchRule THE_PIPELINES_PACKAGES_HAVE_NO_CYCLES =
            slices().matching("org.sd15.pipeline.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_SERVERS_PACKAGES_HAVE_NO_CYCLES =
            slices().matching("org.sd15.server.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule AN_EDITING_METHOD_TOUCHES_NO_OTHER =
            slices().matching("org.sd15.pipeline.edit.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule THE_PIPELINES_ROOMS_DEPEND_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("parts")
            .definedBy(pipeline("text", "prompt", "vae", "schedule", "random", "image", "lora"))
            .layer("model")
            .definedBy(pipeline("model"))
            .layer("denoise")
            .definedBy(pipeline("denoise"))
            .layer("words")
            .definedBy(pipeline("words"))
            .layer("readings")
            .definedBy(pipeline("inversion", "mask", "heatmap"))
            .layer("methods")
            .definedBy(pipeline("edit"))
            .layer("façade")
            .definedBy("org.sd15.pipeline")
            .layer("training")
            .definedBy(pipeline("training"))
            .whereLayer("training")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("façade")
            .mayOnlyBeAccessedByLayers("training")
            .whereLayer("methods")
            .mayOnlyBeAccessedByLayers("façade", "training")
            .whereLayer("readings")
            .mayOnlyBeAccessedByLayers("methods", "façade", "training")
            .whereLayer("words")
            .mayOnlyBeAccessedByLayers("readings", "methods", "façade", "training")
            .whereLayer("denoise")
            .mayOnlyBeAccessedByLayers("words", "readings", "methods", "façade", "training")
            .whereLayer("model")
            .mayOnlyBeAccessedByLayers("denoise", "words", "readings", "methods", "façade", "training");

    private static String[] pipeline(String... rooms) {
        return Stream.of(rooms).map(room -> "org.sd15.pipeline." + room + "..").toArray(String[]::new);
    }

    @ArchTest
    static final ArchRule THE_DOOR_TO_TRAINING_STANDS_ON_ITS_PARTS = noClasses()
            .that()
            .resideInAPackage("org.sd15.pipeline..")
            .and()
            .resideOutsideOfPackage("org.sd15.pipeline.training.run..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.sd15.pipeline.training.run..")
            .because("a training is made of parts that know nothing of it");

    @ArchTest
    static final ArchRule A_LIBRARY_DOES_NOT_PRINT = noClasses()
            .that()
            .resideOutsideOfPackages("org.sd15.examples..", "org.sd15.cli..")
            .and()
            .areNotAssignableTo(PrintStream.class) // a stream hands on what others print
            .should()
            .callMethodWhere(target(owner(assignableTo(PrintStream.class)))
                    .and(target(nameMatching("print.*|format|append|write.*"))))
            .because("the console is the program's");

    @ArchTest
    static final ArchRule COMMANDS_PRINT_THROUGH_ONE_DOOR = noClasses()
            .that()
            .resideInAPackage("org.sd15.cli..")
            .and()
            .doNotHaveSimpleName("Console")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .because("Console shows what a terminal would obey");

    @ArchTest
    static final ArchRule CLOSING_HAS_NAMED_PROBLEMS = noMethods()
            .that()
            .haveName("close")
            .should()
            .declareThrowableOfType(Exception.class)
            .because("a try with resources would have to catch everything");

    @ArchTest
    static final ArchRule JSON_OF_FILES_BELONGS_TO_THE_IMPORTER = noClasses()
            .that()
            .resideInAnyPackage("org.sd15.attention..", "org.sd15.unet..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson..");
}
