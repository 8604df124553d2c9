using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Rota.Commands;

/// <summary><c>rota up</c>: as `serve`, for people: says where everything is, and shows jobs as they end.</summary>
internal static class UpCommand
{
    public static Command Create(Globals globals)
    {
        var options = new HostOptions();
        return globals.Client("up", "Run the server and show what it does; makes an example schedule at first",
            async (session, stop) =>
        {
            var settings = options.Read(session);
            ServeCommand.Warn(session.Terminal, settings);
            await using var server = await RunningServer.StartAsync(
                session.Terminal, settings, LogLevel.Warning, allowLoopback: settings.IsLoopback, stop);
            ShowBanner(session, settings, server);
            if (await Demonstration.MakeAsync(server.Services, stop))
                session.Terminal.Out.WriteLine(
                    $"\nNew here, so there is an example: {Demonstration.Name} runs now, and then every minute.");
            session.Terminal.Out.WriteLine("\nJobs as they end; Ctrl-C stops:");
            var show = new JobTicker(server.Services, session.Terminal).RunAsync(stop);
            var code = await server.WaitAsync(stop);
            await show;
            session.Terminal.Out.WriteLine("stopping: running jobs may end");
            return code;
        }, [.. options.All]);
    }

    private static void ShowBanner(Session session, Settings settings, RunningServer server)
    {
        var address = server.Address.GetLeftPart(UriPartial.Authority);
        session.Terminal.Out.WriteLine($"Rota {Versions.Own} runs.\n");
        Show.Facts(session, [
            ("address", new Cell(address, "bold")),
            ("set up", server.SetupCode is null ? ""
                : $"{ServeCommand.SetupLink(server)}  (makes the first administrator)"),
            ("console", $"{address}/console"), ("API", $"{address}/docs"), ("data", settings.DataFolder),
            ("plug-ins", settings.PluginFolder), ("logs", Path.Combine(settings.LogFolder, "rota.log")),
        ]);
    }
}
