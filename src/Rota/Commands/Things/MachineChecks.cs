using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rota.Sqlite;

namespace Rota.Commands;

/// <summary>What one check found, in the shape of the API.</summary>
/// <param name="State">ok, warn or fail.</param>
internal sealed record Check(string Name, string State, string Text, string? Hint = null)
{
    public JsonElement ToJson() => JsonElement.Parse(new JsonObject
    {
        ["name"] = Name,
        ["state"] = State,
        ["text"] = Text,
        ["hint"] = Hint,
    }.ToJsonString());
}

/// <summary>The checks that need no server.</summary>
internal static class MachineChecks
{
    private const long FreeBytesFail = 100L << 20, FreeBytesWarn = 1L << 30;

    public static IEnumerable<Check> All(Settings settings) =>
    [
        .. settings.Warnings.Select(warning =>
            new Check("settings", "warn", warning, "Correct its name, or unset it.")),
        new("runtime", "ok",
            $"{System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, Rota {Versions.Own}"),
        SqliteLibrary(), DataFolder(settings.DataFolder), Space(settings.DataFolder), KeyFile(settings.KeyPath),
        Port(settings), Zones(),
    ];

    private static Check SqliteLibrary()
    {
        try
        {
            return new("sqlite", "ok", $"SQLite {SqliteDatabase.LibraryVersion}");
        }
        catch (DllNotFoundException)
        {
            return new("sqlite", "fail", "The library of SQLite is not there.",
                "Install it: apt-get install libsqlite3-0");
        }
    }

    private static Check DataFolder(string folder)
    {
        if (!Directory.Exists(folder))
            return new("data", "ok", $"{folder} is not there yet; the first start makes it.");
        try
        {
            var probe = Path.Combine(folder, $".probe.{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return new("data", "ok", $"{folder} can be written.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new("data", "fail", $"{folder} cannot be written: {error.Message}",
                "Give the user that runs Rota the right to write there.");
        }
    }

    private static Check Space(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
            folder = parent;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        var text = $"{free / (double)(1L << 30):N1} GiB are free under {folder}.";
        return free < FreeBytesFail ? new("disk", "fail", text, "Free space: a full disk stops every write.")
            : free < FreeBytesWarn ? new("disk", "warn", text, "Free space soon.")
            : new("disk", "ok", text);
    }

    private static Check KeyFile(string path)
    {
        if (!File.Exists(path))
            return new("key", "ok", $"{path} is not there yet; the first start makes it.");
        const UnixFileMode Others = ~(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None
            ? new("key", "warn", $"Others than its owner can read the key file {path}.", $"Close it: chmod 600 {path}")
            : new("key", "ok", $"Only its owner can read {path}.");
    }

    /// <summary>A port that is taken is as it should be when our own server has it.</summary>
    private static Check Port(Settings settings)
    {
        if (new DataFiles(settings.DataFolder).FindAddress() is { } own)
            return new("port", "ok",
                $"The server of this data folder listens at {own.GetLeftPart(UriPartial.Authority)}.");
        if (settings.Urls is not [{ IsLoopback: true } url, ..])
            return new("port", "ok", $"It is to listen at {string.Join(", ", settings.Urls)}.");
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, url.Port);
            listener.Start();
            return new("port", "ok", $"Port {url.Port} is free.");
        }
        catch (SocketException error)
        {
            return new("port", "warn", $"Port {url.Port} is taken: {error.Message}",
                "Stop what listens there, or set ROTA_PORT.");
        }
    }

    private static Check Zones() => TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _)
        ? new("time zones", "ok", "The time zone data is there.")
        : new("time zones", "fail", "The time zone data is not there: schedules know UTC only.",
            "Install it: apt-get install tzdata");
}
