using System.Text;

namespace Rota.Supervisor.Config;

/// <summary>What `echo_supervisord_conf` prints: every section with every option and its default.</summary>
internal static class SampleConfig
{
    private const string Head = """
        ; A supervisord.conf with every option. What is commented out is the default, or an example where there is none.
        ;
        ; - A comment begins with a ';' or '#' at the start of a line or after a blank: "a=b ;comment". So a command
        ;   cannot have a ' ;' in it, even within quotes.
        ; - %(here)s is this file's directory, %(host_node_name)s the machine's name, %(ENV_HOME)s a variable of the
        ;   environment; programs also know %(program_name)s, %(group_name)s, %(process_num)d and %(numprocs)d.
        ;   Write %% for a percent sign.
        ; - No shell: ~, $HOME and quotes mean nothing, except quotes in command and environment.

        """;

    /// <summary>Sections that a daemon needs; the others are samples.</summary>
    private static readonly string[] Active = ["unix_http_server", "supervisord", "rpcinterface:", "supervisorctl"];

    private static readonly string[] Required = ["file", "serverurl", "supervisor.rpcinterface_factory"];

    public static string Text()
    {
        var text = new StringBuilder(Head);
        foreach (var (kind, options) in OptionTable.Sections)
        {
            var isActive = Active.Contains(kind);
            text.Append('\n').Append(isActive ? "" : ";").Append('[').Append(kind).Append(NameIn(kind)).Append("]\n");
            foreach (var option in options)
                text.Append(Line(option, isActive && Required.Contains(option.Name))).Append('\n');
        }
        return text.ToString();
    }

    private static string NameIn(string kind) => kind switch
    {
        "rpcinterface:" => "supervisor",
        "program:" => "web",
        "eventlistener:" => "listener",
        "fcgi-program:" => "php",
        "group:" => "site",
        _ => "",
    };

    private static string Line(OptionInfo option, bool isActive) =>
        $"{(isActive ? "" : ";")}{option.Name}={option.Sample}".PadRight(38) + $" ; {option.Meaning}";
}
