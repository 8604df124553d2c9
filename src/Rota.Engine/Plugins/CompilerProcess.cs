using System.Diagnostics;
using System.Text.Json;

namespace Rota.Plugins;

/// <summary>Runs <see cref="PluginCompiler.Run"/> in a process of its own.</summary>
internal static class CompilerProcess
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(60);

    /// <param name="command">Program and first arguments.</param>
    /// <inheritdoc cref="PluginCompiler.Compile"/>
    /// <exception cref="PluginException">The compiler did not start, crashed, or took over a minute.</exception>
    public static async Task<IReadOnlyList<PluginError>> CompileAsync(
        IList<string> command, string output, IReadOnlyList<string> files, TimeProvider clock, CancellationToken stop)
    {
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), output, .. files])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var time = new CancellationTokenSource(TimeMax, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, stop);
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
            var said = process.StandardOutput.ReadToEndAsync(both.Token);
            var complained = process.StandardError.ReadToEndAsync(both.Token);
            await Task.WhenAll(said, complained, process.WaitForExitAsync(both.Token));
            return JsonSerializer.Deserialize<PluginError[]>(await said) is { } errors
                && errors.Length > 0 == (process.ExitCode != 0)
                ? errors
                : throw new JsonException();
        }
        catch (Exception error) when (error is JsonException or System.ComponentModel.Win32Exception)
        {
            throw new PluginException($"The compiler process failed: {error.Message}", error);
        }
        catch (OperationCanceledException error) when (time.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new PluginException($"The compiler was stopped after {TimeMax.TotalSeconds} s.", error);
        }
    }
}
