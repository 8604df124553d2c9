using System.Diagnostics;
using Xunit;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>Where this machine's kernel keeps the controllers in version 1 of control groups, another kernel runs the
/// tests that need them: User-mode Linux, a kernel that is a program, with this machine's files to read.</summary>
public sealed class ControlKernelTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Limits_are_held_by_a_kernel_that_has_the_controllers()
    {
        Assert.SkipWhen(ControlGroupsHere.HasControllers, $"this kernel has them: {nameof(ControlLimitTests)} ran");
        Assert.SkipUnless(Environment.UserName == "root" && Linux is not null, "cgroup v2 has no controllers cpu and "
            + "memory here, and there is no other kernel to run: as root, apt-get install user-mode-linux");
        using var folder = new Folder();
        var init = Path.Combine(folder.Path, "init");
        await File.WriteAllTextAsync(init, $"""
            #!/bin/sh
            export PATH={Environment.GetEnvironmentVariable("PATH")} HOME=/run TMPDIR=/run
            export DOTNET_ROOT={Environment.GetEnvironmentVariable("DOTNET_ROOT")}
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            mount -t tmpfs run /run
            mkdir /dev/shm && mount -t tmpfs shm /dev/shm
            mount -t cgroup2 cgroup2 /sys/fs/cgroup
            cd /run
            export TESTINGPLATFORM_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_NOBANNER=1
            dotnet {typeof(ControlKernelTests).Assembly.Location} --no-progress --no-ansi --output Detailed \
              --filter-class "*.{nameof(ControlLimitTests)}" "*.{nameof(ControlGroupTests)}"
            echo "tests ended with $?"
            echo o > /proc/sysrq-trigger
            sleep 60
            """);
        File.SetUnixFileMode(init, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var output = await RunAsync(Linux!, "mem=2G", "rootfstype=hostfs", "rootflags=/", "ro", "quiet", $"init={init}",
            "con=null", "con0=null,fd:1");
        Assert.True(output.Contains("tests ended with 0", StringComparison.Ordinal), output);
        Assert.Matches(" skipped: 0\\b", output);
        TestContext.Current.SendDiagnosticMessage(output);
    }

    private static string? Linux => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "linux.uml")).FirstOrDefault(File.Exists);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            process.StandardInput.Close();
            var texts = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(Deadline);
            return string.Concat(await texts);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
