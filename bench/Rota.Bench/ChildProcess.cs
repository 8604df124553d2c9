using System.Diagnostics;

namespace Rota.Bench;

/// <summary>Starts this program again, with another command.</summary>
internal static class ChildProcess
{
    public static Process Start(params string[] args) => Start(takesInput: false, args);

    public static Process Start(bool takesInput, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ChildProcess).Assembly.Location, .. args])
        {
            UseShellExecute = false,
            RedirectStandardInput = takesInput,
            RedirectStandardOutput = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The child process did not start.");
    }
}
