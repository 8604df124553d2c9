using System.Text;
using Rota.Tests.Plugins;
using Xunit;

namespace Rota.Tests.Integrations;

public sealed class ShellRunTests
{
    public ShellRunTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs setsid and /proc");

    [Fact]
    public async Task Output_comes_into_the_log_in_order_with_its_level()
    {
        await using var rota = await StartAsync();

        var job = await rota.RunAsync("shell.run",
            new { command = "for i in 1 2 3 4 5; do echo line $i; done; echo oh no >&2; printf end" });

        Assert.Equal(JobState.Succeeded, job.State);
        var lines = (await rota.LogOfAsync(job.Id)).Split('\n');
        Assert.Equal([.. Enumerable.Range(1, 5).Select(i => $"Information line {i}"), "Information end"],
            lines.Where(line => line.StartsWith("Information", StringComparison.Ordinal)));
        Assert.Contains("Warning oh no", lines);
    }

    [Theory]
    [InlineData("exit 0", new[] { 0 }, "\"exitCode\":0")]
    [InlineData("exit 3", new[] { 0, 3 }, "\"exitCode\":3")]
    [InlineData("kill -9 $$", new[] { 137 }, "\"signal\":9")]
    [InlineData("cat; exit 5", new[] { 5 }, "\"exitCode\":5")]
    public async Task A_good_exit_code_completes_the_job(string command, int[] successExitCodes, string output)
    {
        await using var rota = await StartAsync();

        var job = await rota.RunAsync("shell.run", new { command, successExitCodes });

        Assert.Contains(output, Encoding.UTF8.GetString(job.Output!.Value.Span));
    }

    [Fact]
    public async Task Another_exit_code_fails_the_attempt()
    {
        await using var rota = await StartAsync();

        Assert.Contains("exit code 4",
            (await rota.RunAsync("shell.run", new { argv = new[] { "/bin/sh", "-c", "exit 4" } })).Error);
    }

    [Fact]
    public async Task A_time_out_ends_the_grandchildren_too_even_if_they_ignore_the_request()
    {
        await using var rota = await StartAsync();
        var file = rota.Folder.PathOf("pid");
        var command = $"sh -c 'trap \"\" TERM; echo $$ > {file}; while :; do sleep 1; done' & wait";

        var job = await rota.RunAsync("shell.run", new { command },
            new JobOptions { Timeout = TimeSpan.FromSeconds(2) });

        Assert.Equal(FailReason.Timeout, job.Reason);
        Assert.False(IsRunning(File.ReadAllText(file).Trim()));
    }

    [Fact]
    public async Task What_a_command_leaves_behind_ends_with_it()
    {
        await using var rota = await StartAsync();
        var file = rota.Folder.PathOf("pid");

        var job = await rota.RunAsync("shell.run", new { command = $"sleep 300 & echo $! > {file}" });

        Assert.Equal(JobState.Succeeded, job.State);
        Assert.False(IsRunning(File.ReadAllText(file).Trim()));
    }

    [Fact]
    public async Task The_environment_of_the_server_does_not_leak()
    {
        Environment.SetEnvironmentVariable("ROTA_SHELL_TEST", "of-the-server");
        await using var rota = await StartAsync();

        var job = await rota.RunAsync("shell.run", new { argv = new[] { "env" }, environment = new { MINE = "mine" } });

        var log = await rota.LogOfAsync(job.Id);
        Assert.Contains("MINE=mine", log);
        Assert.Contains("PATH=", log);
        Assert.DoesNotContain("ROTA_SHELL_TEST", log);
        Assert.All(log.Split('\n'), line => Assert.Matches("^Information (PATH|HOME|LANG|TZ|MINE)=", line));
    }

    [Fact]
    public async Task Secrets_go_by_environment_and_stdin_and_are_masked()
    {
        await using var rota = await StartAsync();
        await rota.SetSecretAsync("key", "open-sesame");

        var job = await rota.RunAsync("shell.run", new
        {
            command = "echo $KEY | wc -c; cat | wc -c; echo $KEY",
            environment = new { KEY = "{{secret:key}}" },
            stdin = "{{secret:key}}",
        });

        var log = await rota.LogOfAsync(job.Id);
        Assert.Contains("Information 12\nInformation 11\nInformation ********", log);
        Assert.DoesNotContain("sesame", log);
    }

    [Fact]
    public async Task A_secret_in_a_command_is_refused()
    {
        await using var rota = await StartAsync();

        Assert.Contains("environment",
            (await rota.RunAsync("shell.run", new { command = "echo {{secret:key}}" })).Error);
    }

    [Fact]
    public async Task Commands_are_off_by_default()
    {
        await using var rota = await TestRota.StartAsync(rota => rota.AddBuiltIns());

        Assert.Contains("Shell:IsEnabled", (await rota.RunAsync("shell.run", new { command = "true" })).Error);
    }

    [Fact]
    public async Task A_line_without_end_is_cut()
    {
        await using var rota = await StartAsync();

        var job = await rota.RunAsync("shell.run",
            new { command = "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo next" });

        var lines = (await rota.LogOfAsync(job.Id)).Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.True(lines[0].Length < 9_000);
        Assert.Equal("Information next", lines[1]);
    }

    private static bool IsRunning(string pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z "); // ended, and waits for its parent to notice
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Task<TestRota> StartAsync() =>
        TestRota.StartAsync(rota => rota.AddBuiltIns(shell: options => options.IsEnabled = true));
}
