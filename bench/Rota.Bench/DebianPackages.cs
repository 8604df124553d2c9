namespace Rota.Bench;

/// <summary>Programs and libraries of others that a bench measures or needs.</summary>
internal static class DebianPackages
{
    /// <summary>Installs those of which the file is missing.</summary>
    /// <exception cref="WrongUseException">They would have to be, and this is not root on Debian.</exception>
    public static async Task InstallAsync(params (string File, string Package)[] needed)
    {
        string[] missing = [.. needed.Where(need => !File.Exists(need.File)).Select(need => need.Package).Distinct()];
        if (missing.Length == 0)
            return;
        var list = string.Join(' ', missing);
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/apt-get"))
            throw new WrongUseException($"missing: {list}", $"install them: apt-get install {list}");
        Progress.Say($"installing {list}");
        // The run level keeps a new server from being started: the run starts its own.
        const string Script = """
            export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
            get() { apt-get install -y --no-install-recommends "$@"; }
            get "$@" || { apt-get update && get "$@"; }
            """;
        await ChildProcess.RunAsync($"{list} could not be installed", ["sh", "-c", Script, "sh", .. missing]);
    }
}
