using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Rota.Integrations;

/// <summary>A command in a session of its own, so that it can be ended with everything that it started.</summary>
/// <remarks>.NET cannot set the session of a child; the system's <c>setsid</c> does, and then becomes the command under
/// the same process id, which names the group. A process that opens yet another session leaves the group; what is still
/// its descendant when SIGKILL is due is found by parent.</remarks>
internal sealed partial class ProcessGroup : IDisposable
{
    private const int SigTerm = 15, SigKill = 9;
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "TZ"];
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly TimeProvider _clock;

    private ProcessGroup(Process process, TimeProvider clock)
    {
        _process = process;
        _clock = clock;
    }

    public StreamReader Output => _process.StandardOutput;

    public StreamReader Errors => _process.StandardError;

    public StreamWriter Input => _process.StandardInput;

    /// <summary>128 and more: ended by that signal less 128.</summary>
    public int ExitCode => _process.ExitCode;

    /// <exception cref="RotaException"><c>shell.start</c>: the system has no <c>setsid</c>, or it cannot be
    /// run.</exception>
    public static ProcessGroup Start(
        IReadOnlyList<string> argv, string? folder, IReadOnlyDictionary<string, string> environment, TimeProvider clock)
    {
        var start = new ProcessStartInfo("setsid", ["--", .. argv])
        {
            WorkingDirectory = folder ?? "",
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                start.Environment[name] = value;
        }
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        try
        {
            return new ProcessGroup(Process.Start(start)!, clock); // null only with UseShellExecute
        }
        catch (Win32Exception error)
        {
            throw new RotaException("shell.start", $"The command cannot be started: {error.Message}",
                "Commands need a Unix system with setsid (package util-linux).", error);
        }
    }

    public Task WaitAsync(CancellationToken stop) => _process.WaitForExitAsync(stop);

    /// <summary>Ends every process of the group: SIGTERM, and SIGKILL to what is left after <paramref
    /// name="grace"/>.</summary>
    public async Task EndAsync(TimeSpan grace)
    {
        if (!Send(SigTerm) && _process.HasExited)
            return;
        for (var waited = TimeSpan.Zero; waited < grace && (IsAlive || !_process.HasExited); waited += Look)
            await Task.Delay(Look, _clock);
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        Send(SigKill);
        await _process.WaitForExitAsync();
    }

    private bool IsAlive => Kill(-_process.Id, 0) == 0;

    /// <returns>False when nobody is left to get it.</returns>
    private bool Send(int signal)
    {
        if (Kill(-_process.Id, signal) == 0)
            return true;
        // In the moment before setsid has made the group, the process can be met by its own id only.
        return !_process.HasExited && Kill(_process.Id, signal) == 0;
    }

    public void Dispose() => _process.Dispose();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
