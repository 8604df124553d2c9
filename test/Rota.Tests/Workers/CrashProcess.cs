using System.Diagnostics;
using Xunit;

namespace Rota.Tests.Workers;

/// <summary>The program Rota.Crash as a process of its own, to be killed.</summary>
internal sealed class CrashProcess : IDisposable
{
    private readonly Process _process;

    public CrashProcess(string folder, string command)
    {
        // Beside the folder of the tests: bin/Rota.Tests/debug and bin/Rota.Crash/debug.
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(own.Parent!.Parent!.FullName, "Rota.Crash", own.Name, "Rota.Crash");
        _process = Process.Start(new ProcessStartInfo(program, [folder, command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        _process.ErrorDataReceived += (_, _) => { }; // a stack overflow writes thousands of lines; nobody reads them
        _process.BeginErrorReadLine();
    }

    /// <summary>Reads what the program says up to the line that begins so.</summary>
    public async Task<string> LineAsync(string start)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TestHost.Deadline);
        while (await _process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
                return line;
        }
        throw new InvalidOperationException($"The program ended before it said '{start}'.");
    }

    /// <summary>Waits until the program has gone down by itself.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TestHost.Deadline);
        await _process.StandardOutput.ReadToEndAsync(deadline.Token);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
