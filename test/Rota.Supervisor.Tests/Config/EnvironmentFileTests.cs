using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Tests.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Config;

/// <summary>Variables from files.</summary>
public sealed class EnvironmentFileTests : IDisposable
{
    private readonly Folder _folder = new();

    public static TheoryData<string, string> Lines { get; } = new()
    {
        { "A=1\nB=two words \n", "A=1;B=two words" },
        { "# comment\n\n  export A=1 # one\r\n\texport  B=2\n", "A=1;B=2" },
        { "A=\nB=a#b\nC= # nothing\nD = spaced\n", "A=;B=a#b;C=;D=spaced" },
        { "A='$x \\n \"'\nB=\"a\\tb\\\\ \\\"q\\\" \\$x \\z\" # c", "A=$x \\n \";B=a\tb\\ \"q\" $x \\z" },
        { "KEY='line 1\nline 2'\nA=1", "KEY=line 1\nline 2;A=1" },
        { "A=http://x/?a=b;c\nA=2", "A=http://x/?a=b;c;A=2" },
        { "", "" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Lines_are_taken_as_shells_and_others_take_them(string text, string variables) => Assert.Equal(variables,
        string.Join(';', EnvironmentLines.Parse("f", text).Select(one => $"{one.Name}={one.Value}")));

    [Theory]
    [InlineData("A=1\nhunter2\n", "f:2: the line has no '='; write KEY=VALUE")]
    [InlineData("\n\nhunter2 x=1",
        "f:3: the line has no name of a variable before the '='; write letters, digits and _")]
    [InlineData("A=1\nB='hunter2\n\n", "f:2: the line has no end of its quote; write one more quote")]
    [InlineData("A='b' hunter2", "f:1: the line goes on after the closing quote; put quotes around the whole value")]
    [InlineData("A=1\nB=hunter2\0", "f:2: the line has a letter with the number 0; delete it")]
    public void An_error_names_the_line_and_never_what_stands_there(string text, string error) => Assert.Equal(error,
        Assert.Throws<EnvironmentFileException>(() => EnvironmentLines.Parse("f", text)).Message);

    [Fact]
    public void Paths_begin_at_the_file_of_the_option()
    {
        _folder.Write("conf.d/web.conf",
            "[program:web]\ncommand=a\nenvironment_files=web.env, -/etc/%(ENV_ROTA_TEST)s\n");
        var config = ConfigReader.Read(_folder.Write("main.conf", "[supervisord]\n[include]\nfiles=conf.d/*.conf\n"));
        Assert.Equal([new($"{_folder.Path}/conf.d/web.env", false), new("/etc/tested", true)],
            config.Groups[0].Processes[0].EnvironmentFiles);
    }

    [Fact]
    public async Task A_start_reads_the_files_anew_and_the_programs_own_variables_stand_above_them()
    {
        var path = _folder.Write("a.env", "A=file\nB=file\n");
        _folder.Write("b.env", "C=later\n");
        await using var running = Start(Sh("env", "echo $A $B $C") with
        {
            Environment = [new("B", "own")],
            EnvironmentFiles = [new($"{_folder.Path}/*.env", false), new($"{_folder.Path}/none", true)],
        });
        await RunAsync(running);
        await File.WriteAllTextAsync(path, "A=edited\n", TestContext.Current.CancellationToken);
        await RunAsync(running);
        Assert.Equal("file own later\nedited own later\n", await running.OutputAsync("env"));
    }

    [Fact]
    public async Task A_file_that_is_missing_or_wrong_is_a_failed_start_that_names_it()
    {
        var path = Path.Combine(_folder.Path, "x.env");
        await using var running = Start(Sh("env", "true") with
        {
            StartRetries = 0,
            EnvironmentFiles = [new(path, false)],
        });
        await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("env", wait: true));
        Assert.Equal($"there is no environment file {path}; make it, or write -{path} in environment_files",
            (await running.Supervisor.FindAsync("env")).SpawnError);
        _folder.Write("x.env", "PASSWORD hunter2\n");
        await running.StateAsync("env", ProcessState.Fatal);
        await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("env", wait: true));
        Assert.Equal($"{path}:1: the line has no '='; write KEY=VALUE",
            (await running.Supervisor.FindAsync("env")).SpawnError);
        Assert.DoesNotContain("hunter2", string.Join('\n', await running.LogAsync()), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task RunAsync(RunningSupervisor running)
    {
        await running.Supervisor.StartAsync("env", wait: true);
        await running.StateAsync("env", ProcessState.Exited);
    }
}
