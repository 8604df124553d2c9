using System.Diagnostics;

namespace Rota.Bench;

/// <summary>Starts this program again, with another command.</summary>
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
}
