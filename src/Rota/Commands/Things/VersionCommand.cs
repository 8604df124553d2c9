using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(Globals globals) => globals.Client("version", "Print the version of this program",
        (session, _) =>
        {
            var runtime = RuntimeInformation.FrameworkDescription;
            var json = new JsonObject { ["version"] = Versions.Own, ["runtime"] = runtime };
            return Task.FromResult(session.Say(new Answer(200, json.ToJsonString()),
                $"rota {Versions.Own} ({runtime})"));
        });
}
