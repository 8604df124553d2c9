using System.Collections;
using System.Globalization;
using System.Text.Json;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Daemon;

/// <summary>A new version of this program takes the place of the running one, with all children, pipes and exit codes.
/// </summary>
/// <remarks>
/// The process stays, only its program is replaced (execve), so that the children stay its children. What the
/// supervisor knows goes through a file in memory, whose number is in the environment; the pipes stay open. What
/// children write meanwhile waits in their pipes. The sockets of the API are closed and opened again: calls at that
/// moment break off. The new program goes on with the configuration that runs, not with the file, which may be broken
/// by now.
/// </remarks>
internal static class Upgrade
{
    private const string Mark = "ROTA_SUPERVISE_STATE";

    private static readonly JsonSerializerOptions Json = new() { Converters = { new ValueListJson() } };

    /// <summary>In the new program: what the former one left; null at an ordinary start.</summary>
    public static HandOver? Take()
    {
        if (Environment.GetEnvironmentVariable(Mark) is not { Length: > 0 } number)
            return null;
        Environment.SetEnvironmentVariable(Mark, null);
        HeldSignals.Share();
        var descriptor = int.Parse(number, CultureInfo.InvariantCulture);
        var former = Read(File.ReadAllBytes($"/proc/self/fd/{descriptor}"));
        Descriptors.Close(descriptor);
        SetClosing(former, closes: true);
        return former;
    }

    /// <summary>In the old one: does not return, unless with the error that kept it from being replaced.</summary>
    public static int Replace(HandOver all)
    {
        var state = ProgramImage.MemoryFile("supervisor");
        Descriptors.WriteAll(state, Write(all));
        Descriptors.SetClosing(state, closes: false);
        SetClosing(all, closes: false);
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => $"{entry.Key}={entry.Value}").Append($"{Mark}={state}").ToList();
        var error = ProgramImage.Replace(ProgramImage.Path(), ProgramImage.CommandLine(), environment);
        SetClosing(all, closes: true);
        Descriptors.Close(state);
        return error;
    }

    public static byte[] Write(HandOver all) => JsonSerializer.SerializeToUtf8Bytes(all, Json);

    /// <summary>What another version wrote, too: fields that this one has not are passed over, and those that it misses
    /// are as at first.</summary>
    public static HandOver Read(byte[] json) => JsonSerializer.Deserialize<HandOver>(json, Json)!;

    private static void SetClosing(HandOver all, bool closes)
    {
        foreach (var group in all.Groups)
        {
            if (group.Socket is { } socket)
                Descriptors.SetClosing(socket, closes);
            foreach (var child in group.Processes.Select(process => process.Child).OfType<ChildHandOver>())
            {
                foreach (var descriptor in new[]
                {
                    child.Stdin, child.Stdout?.Descriptor, child.Stderr?.Descriptor, child.Notify?.Descriptor,
                })
                {
                    if (descriptor is { } open)
                        Descriptors.SetClosing(open, closes);
                }
            }
        }
    }
}
