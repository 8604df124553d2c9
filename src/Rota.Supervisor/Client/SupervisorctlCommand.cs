using System.Text;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Client;

/// <summary>The program `supervisorctl`.</summary>
internal static class SupervisorctlCommand
{
    public const string Name = "supervisorctl";

    /// <summary>Runs the action on the command line, or the shell; returns the exit code.</summary>
    /// <param name="program">As it was called, for errors and for the search of the file.</param>
    public static async Task<int> RunAsync(string[] args, string program = Name)
    {
        await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        ClientOptions options;
        try
        {
            options = ClientOptions.Parse(program, args);
        }
        catch (Exception error) when (error is UsageException or ConfigException)
        {
            await Console.Error.WriteAsync($"Error: {error.Message}\nFor help, use {program} -h\n");
            return ExitStatus.InvalidArguments;
        }
        if (options.WantsHelp)
        {
            await output.WriteAsync(ClientOptions.Help);
            return ExitStatus.Success;
        }

        var terminal = Terminal.OfProcess(output);
        var controller = new Controller(options, output, terminal);
        if (options.Action.Count == 0)
        {
            await new Shell(controller, terminal).RunAsync();
            return ExitStatus.Success;
        }
        await controller.RunAsync(string.Join(' ', options.Action));
        return controller.Status;
    }
}
