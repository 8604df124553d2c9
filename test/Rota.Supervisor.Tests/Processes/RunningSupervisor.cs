using System.Collections.Concurrent;
using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Xunit;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>A supervisor in this process with real children, in a folder of its own. All that it starts is stopped when
/// it is disposed.</summary>
internal sealed class RunningSupervisor : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<SupervisorEvent> _events = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly OutputPump _output;

    private RunningSupervisor(string folder, SupervisorConfig config, string[]? secrets = null,
        TimeProvider? clock = null)
    {
        var time = clock ?? TimeProvider.System;
        Folder = folder;
        Next = config;
        _output = new(time, loop => new(config.Daemon.LogLevel, loop, time));
        _output.Log.Open(config.Daemon);
        _output.Loop.Start();
        Supervisor = new(config, () => Next, _output, time, secrets);
        Supervisor.Subscribe(happened =>
        {
            _events.Enqueue(happened);
            _arrived.Release();
        });
        Supervisor.AddGroups();
        Supervisor.Start();
    }

    public Supervisor.Processes.Supervisor Supervisor { get; }

    public OutputPump Output => _output;

    public string Folder { get; }

    /// <summary>What a reread finds.</summary>
    public SupervisorConfig Next { get; set; }

    public static RunningSupervisor Start(params ProcessConfig[] processes) =>
        Start(LogLevel.Info, [.. processes.Select(process => Group(process.Name, process))]);

    public static RunningSupervisor Start(TimeProvider clock, params ProcessConfig[] processes)
    {
        var folder = Directory.CreateTempSubdirectory("rota-sup-").FullName;
        return new(folder, ConfigOf(folder, [.. processes.Select(process => Group(process.Name, process))]),
            clock: clock);
    }

    public static RunningSupervisor Start(LogLevel level, params GroupConfig[] groups)
    {
        var folder = Directory.CreateTempSubdirectory("rota-sup-").FullName;
        return new(folder, ConfigOf(folder, groups) with { Daemon = Daemon(folder) with { LogLevel = level } });
    }

    /// <summary>With a program of the test's that tells secrets.</summary>
    public static RunningSupervisor StartWithSecrets(string[] secrets, params ProcessConfig[] processes)
    {
        var folder = Directory.CreateTempSubdirectory("rota-sup-").FullName;
        return new(folder, ConfigOf(folder, [.. processes.Select(process => Group(process.Name, process))]), secrets);
    }

    /// <summary>A program whose command is a shell's, with logs in the folder.</summary>
    public static ProcessConfig Sh(string name, string script) => new()
    {
        Name = name,
        Command = $"sh -c '{script}'",
        Arguments = ["sh", "-c", script],
        AutoStart = false,
        StartSeconds = 0,
    };

    public static GroupConfig Group(string name, params ProcessConfig[] processes) => new()
    {
        Name = name,
        Kind = GroupKind.Programs,
        Processes = [.. processes],
        Priority = processes.Length == 1 ? processes[0].Priority : 999,
    };

    public static SupervisorConfig ConfigOf(string folder, params GroupConfig[] groups) => new()
    {
        Path = "",
        Daemon = Daemon(folder),
        Servers = [],
        Groups = [.. groups],
        Interfaces = [],
        Warnings = [],
    };

    /// <summary>Waits for the next event whose name and body are these, and returns it.</summary>
    public async Task<SupervisorEvent> EventAsync(string name, string part = "")
    {
        var seen = new List<string>();
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            try
            {
                await _arrived.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                var others = string.Join('\n', seen.Concat(await LogAsync()));
                Assert.Fail($"{name} {part} did not come; these came:\n{others}");
            }
            Assert.True(_events.TryDequeue(out var happened));
            if (happened.Is(name) && happened.Payload.Contains(part, StringComparison.Ordinal))
                return happened;
            seen.Add($"{happened.Name} {happened.Payload}");
        }
    }

    public Task<SupervisorEvent> StateAsync(string process, ProcessState state) =>
        EventAsync(ProcessStateEvent.NameOf(state), $"processname:{process} ");

    /// <summary>The lines of the main log without their times.</summary>
    public async Task<string[]> LogAsync()
    {
        var text = await Supervisor.ReadMainLogAsync(0, 0);
        return [.. System.Text.Encoding.UTF8.GetString(text).TrimEnd('\n').Split('\n').Select(WithoutTime)];
    }

    public async Task<string> OutputAsync(string name, OutputChannel channel = OutputChannel.Stdout) =>
        System.Text.Encoding.UTF8.GetString(await Supervisor.ReadLogAsync(name, channel, 0, 0));

    /// <summary>Waits for this line of the main log.</summary>
    public async Task LineAsync(string line)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!(await LogAsync()).Contains(line))
            await turn.WaitForNextTickAsync(deadline.Token);
    }

    /// <summary>Waits until its standard output has this in it, and returns it all.</summary>
    public async Task<string> OutputAsync(string name, string part)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var text = await OutputAsync(name);
            if (text.Contains(part, StringComparison.Ordinal))
                return text;
            await turn.WaitForNextTickAsync(deadline.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Supervisor.ShutdownAsync();
        await Supervisor.Ended.WaitAsync(Deadline);
        Supervisor.Dispose();
        _output.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string WithoutTime(string line) => line.Length > 24 ? line[24..] : line;

    private static DaemonConfig Daemon(string folder) => new()
    {
        LogFile = Path.Combine(folder, "main.log"),
        PidFile = Path.Combine(folder, "pid"),
        ChildLogDir = folder,
    };
}
