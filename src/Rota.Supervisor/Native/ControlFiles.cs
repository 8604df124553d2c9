using System.Text;

namespace Rota.Supervisor.Native;

/// <summary>The files of control groups (cgroup v2), through which the system is asked and told: a folder is a group.
/// </summary>
internal static class ControlFiles
{
    private const int UsualText = 4096;

    /// <summary>More is cut: a hundred thousand pids fit.</summary>
    private const int LongestText = 1024 * 1024;

    /// <summary>Empty when it is not there or not to be read.</summary>
    public static string Read(string path)
    {
        var descriptor = Descriptors.Open(path, Descriptors.ReadOnly);
        if (descriptor < 0)
            return "";
        var buffer = new byte[UsualText];
        var length = 0;
        int count;
        while (length < LongestText && (count = Descriptors.Read(descriptor, buffer.AsSpan(length))) > 0)
        {
            length += count;
            if (length == buffer.Length)
                Array.Resize(ref buffer, length * 2);
        }
        Descriptors.Close(descriptor);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    /// <summary>0, or the error; the text goes in one piece, as the system wants it.</summary>
    public static int Write(string path, string text)
    {
        var descriptor = Descriptors.Open(path, Descriptors.WriteOnly);
        if (descriptor < 0)
            return Errno.Last;
        var error = Descriptors.Write(descriptor, Encoding.UTF8.GetBytes(text)) < 0 ? Errno.Last : 0;
        Descriptors.Close(descriptor);
        return error;
    }

    /// <summary>Whether this is one of the words of a file.</summary>
    public static bool Has(string path, string word) =>
        Read(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Contains(word);

    /// <summary>The processes of one group, without those of the groups below; none of another pid namespace.</summary>
    public static IEnumerable<int> Pids(string folder) => Read($"{folder}/cgroup.procs")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => int.TryParse(line, out var pid) ? pid : 0)
        .Where(pid => pid > 0);

    /// <summary>The groups below one; none when it is gone.</summary>
    public static string[] Below(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
