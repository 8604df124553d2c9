using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace Rota.Supervisor.Tests.Proof;

/// <summary>Which program a test runs: Debian's, or ours by the same name.</summary>
internal enum Side { Theirs, Ours }

/// <summary>What a program printed and how it ended.</summary>
internal sealed record Ran(string Output, string Errors, int ExitCode);

/// <summary>Runs supervisord or supervisorctl of either side.</summary>
internal static class Programs
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static Task<Ran> SupervisorctlAsync(Side side, string config, string? input, params string[] args) =>
        RunAsync(Command(side, "supervisorctl", ["-c", config, .. args]), input);

    public static Task<Ran> SupervisordAsync(Side side, params string[] args) =>
        RunAsync(Command(side, "supervisord", args), null);

    public static Task<Ran> PythonAsync(params string[] args) =>
        RunAsync(new ProcessStartInfo("/usr/bin/python3", args), null);

    public static ProcessStartInfo Command(Side side, string name, string[] args) => side == Side.Theirs
        ? new ProcessStartInfo($"/usr/bin/{name}", args)
        : new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Rota.Supervisor.Tests"), [name, .. args]);

    /// <summary>Until it ends, whoever else holds its output: a daemon's children do.</summary>
    private static async Task<Ran> RunAsync(ProcessStartInfo start, string? input)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["PYTHONUNBUFFERED"] = "1";
        using var deadline = new CancellationTokenSource(Deadline);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(deadline.Token);
            return new Ran(await output, await errors, process.ExitCode);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{start.FileName} {string.Join(' ', start.ArgumentList)} did not end");
            throw;
        }
    }
}

/// <summary>A daemon of either side in a folder of its own; ended by its pid.</summary>
internal sealed partial class DaemonProcess : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly Folder _folder = new();

    private DaemonProcess()
    {
    }

    public string Folder => _folder.Path;

    public string Config => Path.Combine(Folder, "supervisord.conf");

    public string Socket => Path.Combine(Folder, "s.sock");

    public int Pid { get; private set; }

    /// <param name="text">Of the file, below the sections that a daemon and its client need; DIR is the folder.</param>
    public static async Task<DaemonProcess> StartAsync(Side side, string text)
    {
        var daemon = new DaemonProcess();
        daemon.Write(text);
        try
        {
            // As a daemon: whoever started it returns when its sockets are open.
            var started = await Programs.SupervisordAsync(side, "-c", daemon.Config);
            Assert.True(started.ExitCode == 0, started.Output + started.Errors);
            var pid = await Programs.SupervisorctlAsync(Side.Theirs, daemon.Config, null, "pid");
            Assert.True(pid.ExitCode == 0, pid.Output + pid.Errors);
            daemon.Pid = int.Parse(pid.Output);
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes the file anew, for `reread`.</summary>
    public void Write(string text) => _folder.Write("supervisord.conf", $"""
        [unix_http_server]
        file=DIR/s.sock
        [supervisord]
        logfile=DIR/main.log
        pidfile=DIR/pid
        childlogdir=DIR
        loglevel=debug
        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
        [supervisorctl]
        serverurl=unix://DIR/s.sock

        """.Replace("DIR", Folder) + text.Replace("DIR", Folder));

    /// <summary>Waits until the daemon has ended by itself.</summary>
    public async Task EndedAsync()
    {
        if (!Directory.Exists($"/proc/{Pid}"))
            return;
        using var process = Process.GetProcessById(Pid);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        await process.WaitForExitAsync(deadline.Token);
    }

    /// <summary>Waits until the daemon is up again after a restart.</summary>
    public async Task AnswersAsync()
    {
        var watch = Stopwatch.StartNew();
        Ran ran;
        do
            ran = await Programs.SupervisorctlAsync(Side.Theirs, Config, null, "pid");
        while (ran.ExitCode != 0 && watch.Elapsed < Programs.Deadline);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Errors);
    }

    public async ValueTask DisposeAsync()
    {
        var file = Path.Combine(Folder, "pid");
        if (Pid == 0 && File.Exists(file))
            Pid = int.Parse(await File.ReadAllTextAsync(file));
        if (Pid > 0 && Directory.Exists($"/proc/{Pid}"))
        {
            using var process = Process.GetProcessById(Pid);
            using var deadline = new CancellationTokenSource(Programs.Deadline);
            _ = Kill(Pid, Terminate);
            await process.WaitForExitAsync(deadline.Token);
        }
        _folder.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
