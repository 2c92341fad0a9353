@echo off
rem Runs the command line. Builds it first if it is not there, or if the last build did not come to its end.
rem
rem SD15_JAVA_OPTS   further options for the JVM
rem SD15_HEAP        its heap (default 2g); models live outside of it
rem SD15_MAIN        another main class, such as org.sd15.examples.quickstart.SwapAWord
rem SD15_BACKEND     cpu, cuda (an NVIDIA GPU; the toolkit of CUDA 11.6 is installed) or cuda-redist (NVIDIA's libraries come
rem                  through Maven). Left out, it is what Maven was last told by hand (mvnw -Pcuda package), else cpu
setlocal
set "ROOT=%~dp0"
set "JAR=%ROOT%examples\target\sd15-examples.jar"
set "BUILT=%ROOT%examples\target\backend"
set "TOLD="
if exist "%BUILT%" set /p TOLD=<"%BUILT%"
if not defined SD15_BACKEND set "SD15_BACKEND=%TOLD%"
if not defined SD15_BACKEND set "SD15_BACKEND=cpu"
set "SUFFIX=-%SD15_BACKEND%"
set "PROFILE=-P%SD15_BACKEND%"
if "%SD15_BACKEND%"=="cpu" (
    set "SUFFIX="
    set "PROFILE="
) else if not "%SD15_BACKEND%"=="cuda" if not "%SD15_BACKEND%"=="cuda-redist" (
    echo sd15: SD15_BACKEND is "%SD15_BACKEND%"; it can be cpu, cuda or cuda-redist 1>&2
    exit /b 2
)
set "STAMP=%ROOT%examples\target\launcher%SUFFIX%.stamp"
set "WHOLE="
if exist "%STAMP%" for %%F in ("%JAR%") do if exist "%%~F" if %%~zF GTR 0 set "WHOLE=yes"
if not defined WHOLE (
    echo sd15: building, once... 1>&2
    pushd "%ROOT%"
    if exist "%STAMP%" del /q "%STAMP%"
    if exist "%JAR%" del /q "%JAR%"
    call mvnw.cmd -q -B %PROFILE% -DskipTests -Dspotless.check.skip -Djacoco.skip package 1>&2
    if errorlevel 1 ( popd & exit /b 1 )
    popd
    if defined TOLD ( >"%BUILT%" echo %TOLD%) else del /q "%BUILT%"
    type nul >"%STAMP%"
)
if not defined SD15_HEAP set "SD15_HEAP=2g"
if not defined SD15_MAIN set "SD15_MAIN=org.sd15.cli.Sd15"
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=PASSIVE"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
"%JAVA%" @"%ROOT%examples\jvm.options" -Xmx%SD15_HEAP% %SD15_JAVA_OPTS% ^
    -cp "%ROOT%examples\target\classes;%ROOT%examples\target\lib%SUFFIX%\*" %SD15_MAIN% %*
