@echo off
rem Runs the command line. Builds it first if it is not there, or if the last build did not come to its end.
rem
rem SD15_JAVA_OPTS   further options for the JVM
rem SD15_HEAP        its heap (default 2g); models live outside of it
rem SD15_MAIN        another main class, such as org.sd15.examples.quickstart.SwapAWord
setlocal
set "ROOT=%~dp0"
set "JAR=%ROOT%examples\target\sd15-examples.jar"
set "STAMP=%ROOT%examples\target\launcher.stamp"
set "WHOLE="
if exist "%STAMP%" for %%F in ("%JAR%") do if exist "%%~F" if %%~zF GTR 0 set "WHOLE=yes"
if not defined WHOLE (
    echo sd15: building, once... 1>&2
    pushd "%ROOT%"
    if exist "%STAMP%" del /q "%STAMP%"
    if exist "%JAR%" del /q "%JAR%"
    call mvnw.cmd -q -B -DskipTests -Dspotless.check.skip -Djacoco.skip package 1>&2
    if errorlevel 1 ( popd & exit /b 1 )
    popd
    type nul >"%STAMP%"
)
if not defined SD15_HEAP set "SD15_HEAP=2g"
if not defined SD15_MAIN set "SD15_MAIN=org.sd15.examples.cli.Sd15"
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=PASSIVE"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
"%JAVA%" @"%ROOT%examples\jvm.options" -Xmx%SD15_HEAP% %SD15_JAVA_OPTS% ^
    -cp "%ROOT%examples\target\classes;%ROOT%examples\target\lib\*" %SD15_MAIN% %*
