using System.Diagnostics;
using System.Text;

namespace Rota.EndToEnd.Tests;

/// <summary>A command at a terminal of its own, made by <c>script</c> of util-linux: the test types, and sees what a
/// person would see.</summary>
public sealed class PseudoTerminal : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _screen = new();
    private readonly Task _reading;
    private TaskCompletionSource _more = NewSource();

    /// <param name="command">For sh. The terminal shows what is typed, unless a program in it turns that off.</param>
    public PseudoTerminal(string command, string folder, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(
            "script", ["-qefE", "always", "-c", $"stty cols 200 rows 50; {command}", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        start.Environment["SHELL"] = "/bin/sh"; // in which script runs the command
        start.Environment["TERM"] = "xterm";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.StandardInput.AutoFlush = true;
        _reading = ReadAsync();
    }

    /// <summary>All that was shown so far, escape sequences included.</summary>
    public string Screen
    {
        get
        {
            lock (_screen)
                return _screen.ToString();
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4_096];
        while (await _process.StandardOutput.ReadAsync(buffer) is > 0 and var count)
        {
            lock (_screen)
                _screen.Append(buffer, 0, count);
            Interlocked.Exchange(ref _more, NewSource()).SetResult();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task TypeAsync(string keys) => _process.StandardInput.WriteAsync(keys);

    /// <summary>Types a line, and waits for what it brings onto the screen behind what was there before.</summary>
    public async Task TypeAsync(string keys, string expected)
    {
        var from = Screen.Length;
        await TypeAsync(keys);
        await SeeAsync(expected, from);
    }

    /// <summary>Returns as soon as this is shown: a test may type before the program goes on.</summary>
    public async Task SeeAsync(string expected, int from = 0)
    {
        using var limit = new CancellationTokenSource(Deadline);
        while (true)
        {
            var more = _more.Task;
            if (Screen[from..].Contains(expected))
                return;
            if (await Task.WhenAny(more, _reading, Task.Delay(Timeout.Infinite, limit.Token)) != more
                && !Screen[from..].Contains(expected))
                throw new TimeoutException($"'{expected}' is not shown, but: {Screen}");
        }
    }

    /// <returns>The exit code of the command.</returns>
    public async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(Deadline);
        await _process.WaitForExitAsync(limit.Token);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
