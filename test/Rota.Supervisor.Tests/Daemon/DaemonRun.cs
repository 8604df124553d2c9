using System.Diagnostics;

namespace Rota.Supervisor.Tests.Daemon;

/// <summary>Our supervisord as a process of its own, with a file in a folder. What still runs when it is disposed is
/// ended by its pid.</summary>
internal sealed class DaemonRun : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Folder _folder = new();
    private readonly List<int> _pids = [];

    public string Folder => _folder.Path;

    public string File => Path.Combine(Folder, "s.conf");

    public string Log => Path.Combine(Folder, "s.log");

    public string PidFile => Path.Combine(Folder, "s.pid");

    /// <summary>The pid of a daemon that was started in the background.</summary>
    public int Pid => int.Parse(System.IO.File.ReadAllText(PidFile));

    /// <summary>Writes the file: `[supervisord]` and then this.</summary>
    public void Write(string more, string daemon = "") => System.IO.File.WriteAllText(File, $"""
        [supervisord]
        logfile={Log}
        pidfile={PidFile}
        childlogdir={Folder}
        {daemon}
        {more}
        """);

    /// <summary>Starts it with these arguments after `-c FILE`.</summary>
    public Process Start(params string[] args) => Launch([], args);

    /// <summary>As <see cref="Start"/>, by way of another program that runs the rest of its words.</summary>
    public Process Launch(string[] through, params string[] args)
    {
        string[] words =
            [.. through, "dotnet", typeof(DaemonRun).Assembly.Location, "supervisord", "-c", File, .. args];
        var process = Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _pids.Add(process.Id);
        return process;
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        using var process = Start(args);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Deadline);
        if (System.IO.File.Exists(PidFile))
            _pids.Add(Pid);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>What our supervisorctl prints; it asks the socket `s.sock` of the folder.</summary>
    public async Task<string> ControlAsync(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet",
            [typeof(DaemonRun).Assembly.Location, "supervisorctl", "-s", $"unix://{Folder}/s.sock", .. words])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Deadline);
        return output;
    }

    /// <summary>Waits until the log has so many lines with this in them; returns the last of these.</summary>
    public async Task<string> LineAsync(string part, int times = 1)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var text = System.IO.File.Exists(Log) ? await System.IO.File.ReadAllTextAsync(Log, deadline.Token) : "";
            var lines = text.Split('\n').Where(line => line.Contains(part, StringComparison.Ordinal)).ToList();
            if (lines.Count >= times)
                return lines[^1];
            try
            {
                await turn.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException late)
            {
                throw new TimeoutException($"no line with '{part}' came:\n{text}", late);
            }
        }
    }

    public static void Signal(int pid, int signal) => Native.Children.Signal(pid, signal);

    public static Task WaitUntilGoneAsync(int pid) => Processes.ChildEnvironmentTests.WaitUntilGoneAsync(pid);

    public void Dispose()
    {
        foreach (var pid in _pids.Where(Processes.ChildEnvironmentTests.IsAlive))
            Process.GetProcessById(pid).Kill(entireProcessTree: true);
        _folder.Dispose();
    }
}
