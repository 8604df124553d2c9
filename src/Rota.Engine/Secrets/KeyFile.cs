using System.Text;

namespace Rota.Secrets;

/// <summary>The key file on disk: a line is a key, a comment (<c>#</c>) or blank.</summary>
/// <remarks>
/// A lost key is lost secrets, so the file is never written in place: a new file beside it is written, flushed to the
/// disk, and renamed. Two nodes that both find no file end up with the key of the one whose rename came first. Changes
/// of a file that exists are made under a lock on <c>{path}.lock</c>, which other readers do not need.
/// </remarks>
internal sealed record KeyFile(string Path, IReadOnlyList<string> Lines, bool IsExposed)
{
    private const int BytesMax = 64 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string KeyHint =
        "Write one key a line: 32 random bytes in URL-safe base64, which are 44 characters ending in '='. "
        + "A comment starts with '#'.";

    /// <summary>The file's text, its keys not yet read.</summary>
    /// <exception cref="RotaException"><c>secrets.key_file</c>: missing, unreadable, or over 64 KiB.</exception>
    public static KeyFile Read(string path)
    {
        try
        {
            using var stream = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > BytesMax)
                throw Error($"Key file {path} has {stream.Length} bytes; a key file has at most {BytesMax}.", KeyHint);

            // Of the open file and not of the path: a mounted key is often a link, whose own mode says nothing.
            var isExposed = !OperatingSystem.IsWindows()
                && (File.GetUnixFileMode(stream.SafeFileHandle) & ~OwnerOnly) != UnixFileMode.None;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return new KeyFile(path, [.. reader.ReadToEnd().Split('\n').Select(line => line.Trim())], isExposed);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Error($"There is no key file {path}.",
                "Put the file back from your backup, or name its path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Error($"Key file {path} cannot be read: {error.Message}", "Let the service's user own it.", error);
        }
    }

    /// <summary>Makes the file with one fresh key, mode 0600, missing directories 0700; keeps a file that is
    /// there.</summary>
    public static void CreateIfMissing(string path)
    {
        if (File.Exists(path))
            return;

        Guard(path, () =>
        {
            var folder = System.IO.Path.GetDirectoryName(path)!;    // the path is absolute and names a file
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);

            try
            {
                Replace(path, ["# Rota's secrets can be read only with these keys: keep a copy.", Fernet.NewKey()],
            false);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another node was first; its key is everybody's.
            }
        });
    }

    /// <summary>Writes what <paramref name="edit"/> makes of the lines that are there now; nobody else writes
    /// meanwhile.</summary>
    /// <exception cref="RotaException"><c>secrets.key_file</c>: locked by another process, or not writable.</exception>
    public static void Change(string path, Func<KeyFile, IEnumerable<string>> edit) => Guard(path, () =>
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        using var held = new FileStream(target + ".lock", Options(FileMode.OpenOrCreate, FileShare.None));
        Replace(target, edit(Read(path)), true);
    });

    /// <summary>All keys in order of the file, 32 bytes each.</summary>
    /// <exception cref="RotaException"><c>secrets.key_file</c>: a line that is no key, or no key at all.</exception>
    public byte[][] ParseKeys()
    {
        var keys = new List<byte[]>();
        foreach (var (index, line) in Lines.Index().Where(entry => IsKeyLine(entry.Item)))
        {
            // The line is not shown: it may be a key with a slip in it.
            if (!UrlSafeBase64.TryDecode(line, out var key) || key.Length != Fernet.KeyBytes)
                throw Error($"Line {index + 1} of key file {Path} is not a key.", KeyHint);
            keys.Add(key);
        }

        return keys.Count > 0 ? [.. keys] : throw Error($"Key file {Path} holds no key.", KeyHint);
    }

    public static bool IsKeyLine(string line) => line.Length > 0 && line[0] != '#';

    public static RotaException Error(string message, string hint, Exception? cause = null) =>
        new("secrets.key_file", message, hint, cause);

    private static void Replace(string path, IEnumerable<string> lines, bool overwrite)
    {
        var draft = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using var stream = new FileStream(
                draft, Options(FileMode.CreateNew, FileShare.ReadWrite | FileShare.Delete));
            stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines).TrimEnd('\n') + "\n"));
            stream.Flush(flushToDisk: true);
            File.Move(draft, path, overwrite);

            // The journaling file systems write the new name with the file's next flush; a directory cannot be flushed
            // from here. Without this a power cut could take the key and leave the secrets.
            RandomAccess.FlushToDisk(stream.SafeFileHandle);
        }
        finally
        {
            File.Delete(draft);    // there only if something failed, and then it holds a key
        }
    }

    private static FileStreamOptions Options(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return options;
    }

    private static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Error($"Key file {path} cannot be written: {error.Message}",
                "Let the service's user own the file and its directory, and let one command at a time change it.",
            error);
        }
    }
}
