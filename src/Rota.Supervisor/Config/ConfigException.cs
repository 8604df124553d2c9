namespace Rota.Supervisor.Config;

/// <summary>The file cannot be used. The message is one line: file, line, section, option, what is wrong, what to
/// write. Of a cron expression there follow two more: it, and a caret under what is wrong.</summary>
internal sealed class ConfigException(string message) : Exception(message);

/// <summary>A command line cannot be used; the program says so and ends with 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>A value cannot be read. Who knows where it stands makes a <see cref="ConfigException"/> of it.</summary>
/// <param name="wrong">What is wrong, as the rest of a sentence that begins with the option.</param>
/// <param name="write">What to write instead.</param>
internal sealed class ValueException(string wrong, string write) : Exception(wrong)
{
    public string Write { get; } = write;
}
