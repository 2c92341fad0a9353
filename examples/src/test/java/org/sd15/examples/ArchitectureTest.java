package org.sd15.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.sd15.pipeline.StableDiffusion;

/** The walls of the house: imports run one way, and what is the examples' business stays there. */
@AnalyzeClasses(packages = "org.sd15", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule MODULES_DEPEND_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("attention")
            .definedBy("org.sd15.attention..")
            .layer("unet")
            .definedBy("org.sd15.unet..")
            .layer("importer")
            .definedBy("org.sd15.importer..")
            .layer("pipeline")
            .definedBy("org.sd15.pipeline..")
            .layer("examples")
            .definedBy("org.sd15.examples..")
            .whereLayer("examples")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("pipeline")
            .mayOnlyBeAccessedByLayers("examples")
            .whereLayer("importer")
            .mayOnlyBeAccessedByLayers("pipeline", "examples")
            .whereLayer("unet")
            .mayOnlyBeAccessedByLayers("importer", "pipeline", "examples");

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
    static final ArchRule THE_CONSOLE_IS_THE_EXAMPLES = noClasses()
            .that()
            .resideOutsideOfPackage("org.sd15.examples..")
            .and()
            .areNotAssignableTo(java.io.PrintStream.class) // a stream hands on what others print
            .should()
            .callMethod(java.io.PrintStream.class, "println", String.class)
            .because("a library does not print");

    @ArchTest
    static final ArchRule COMMANDS_PRINT_THROUGH_ONE_DOOR = noClasses()
            .that()
            .resideInAPackage("org.sd15.examples.cli..")
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
