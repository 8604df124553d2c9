using System.Diagnostics;

namespace Rota.Bench;

/// <summary>Starts this program again, with another command, or runs one of others.</summary>
internal static class ChildProcess
{
    public static Process Start(params string[] args) => Start(isQuiet: false, args);

    /// <summary>Says nothing on the error output, and has an input by whose end it can be told to end.</summary>
    public static Process StartQuietly(params string[] args)
    {
        var child = Start(isQuiet: true, args);
        child.BeginErrorReadLine();
        return child;
    }

    private static Process Start(bool isQuiet, string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ChildProcess).Assembly.Location, .. args])
        {
            UseShellExecute = false,
            RedirectStandardInput = isQuiet,
            RedirectStandardOutput = true,
            RedirectStandardError = isQuiet,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The child process did not start.");
    }

    /// <summary>Runs a program to its end in silence.</summary>
    /// <exception cref="InvalidOperationException">It failed; with all it said.</exception>
    public static async Task RunAsync(string failure, params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{failure}.\n{output}{await errors}");
    }
}
