using System.Diagnostics;

namespace Rota.Stores.Tests;

/// <summary>A small file system in memory, mounted on a folder of its own. Needs root; without it the test
/// skips.</summary>
public sealed class TempMount : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly bool _isMounted;

    public TempMount(string size)
    {
        var error = Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", _folder.Path);
        _isMounted = error is null;
        if (error is not null)
        {
            Dispose();
            Assert.Skip($"A file system cannot be mounted here: {error}");
        }
    }

    public string File(string name) => _folder.File(name);

    public void MakeReadOnly() => Assert.Null(Run("mount", "-o", "remount,ro", _folder.Path));

    /// <returns>What went wrong, or null.</returns>
    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return error.Message;
        }
    }

    public void Dispose()
    {
        if (_isMounted)
            Assert.Null(Run("umount", _folder.Path));
        _folder.Dispose();
    }
}
