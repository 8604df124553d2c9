using System.Diagnostics;
using Rota.Supervisor.Client;
using Xunit;

namespace Rota.Tests.Supervisors;

/// <summary>A real daemon on a socket in a folder of its own: Debian's supervisord, or ours.</summary>
internal sealed class SupervisorDaemon : IAsyncDisposable
{
    private const string Theirs = "/usr/bin/supervisord";

    private const string Head = """
        [unix_http_server]
        file=%(here)s/s.sock
        username=rota
        password=daemon-secret-1
        [supervisord]
        logfile=%(here)s/main.log
        pidfile=%(here)s/pid
        childlogdir=%(here)s
        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

        """;

    /// <summary>Of a whole test; only one that fails waits so long.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly bool _isOurs;
    private Process? _process;

    public SupervisorDaemon(bool isOurs) => _isOurs = isOurs;

    public string Folder { get; } = Directory.CreateTempSubdirectory("rota-sup-").FullName;

    public string Url => $"unix://{Path.Combine(Folder, "s.sock")}";

    public static string Password => "daemon-secret-1";

    public SupervisorClient Client => field ??= new(Url, "rota", Password, TimeProvider.System);

    public static void SkipUnlessInstalled(bool isOurs) =>
        Assert.SkipUnless(isOurs || File.Exists(Theirs), $"{Theirs} is not installed.");

    public void Write(string programs) => File.WriteAllText(Path.Combine(Folder, "s.conf"), Head + programs);

    public async Task StartAsync(string programs)
    {
        Write(programs);
        await StartAsync();
    }

    public async Task StartAsync()
    {
        string[] options = ["-n", "-c", Path.Combine(Folder, "s.conf")];
        var start = _isOurs
            ? new ProcessStartInfo("dotnet",
                [Path.Combine(AppContext.BaseDirectory, "rota.dll"), "supervise", .. options])
            : new ProcessStartInfo(Theirs, options);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["DAEMON_ENV_SECRET"] = "env-secret-2";
        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await UntilAsync(async () =>
        {
            Assert.False(_process.HasExited, "the daemon ended");
            try
            {
                return (await Client.InfoAsync(CancellationToken.None)).State == "RUNNING";
            }
            catch (SupervisorException error) when (error.Problem == SupervisorProblem.Away)
            {
                return false;
            }
        }, "the daemon runs");
    }

    /// <summary>Asks again until it is true.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var start = Stopwatch.GetTimestamp(); !await condition(); await pause.WaitForNextTickAsync())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
                Assert.Fail($"Within {Deadline} it did not come true that {what}.");
        }
    }

    /// <summary>With its children.</summary>
    public async Task StopAsync()
    {
        if (_process is not { HasExited: false })
            return;
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync().WaitAsync(Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
