using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Rota.Commands;

/// <summary><c>rota serve</c>: API, scheduler and worker, for a service manager.</summary>
internal static class ServeCommand
{
    public static Command Create(Globals globals)
    {
        var options = new HostOptions();
        return globals.Client("serve", "Run the server: API, scheduler and worker", async (session, stop) =>
        {
            var settings = options.Read(session);
            Warn(session.Terminal, settings);
            await using var server = await RunningServer.StartAsync(
                session.Terminal, settings, LogLevel.Information, allowLoopback: false, stop);
            session.Terminal.Out.WriteLine(
                $"Rota {Versions.Own} listens at {server.Address.GetLeftPart(UriPartial.Authority)}");
            if (server.SetupCode is not null)
                session.Terminal.Out.WriteLine($"make the first administrator: {SetupLink(server)}");
            return await server.WaitAsync(stop);
        }, [.. options.All]);
    }

    /// <summary>The code is in the fragment or query only here and in the browser; it works once, until the next
    /// start.</summary>
    public static string SetupLink(RunningServer server) =>
        $"{server.Address.GetLeftPart(UriPartial.Authority)}/setup?code={server.SetupCode}";

    public static void Warn(Terminal terminal, Settings settings)
    {
        foreach (var warning in settings.Warnings)
            terminal.Error.WriteLine($"warning: {Clean.Line(warning)}");
    }
}
