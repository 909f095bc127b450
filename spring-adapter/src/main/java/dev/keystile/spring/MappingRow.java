package dev.keystile.spring;

/**
 * One line of the report: what a mapping demands.
 *
 * <p>Immutable.
 *
 * @param methods the methods of HTTP, {@code ANY} for all
 * @param path    the path as Spring has it, behind the path of the servlet
 * @param demand  what is demanded; {@code refused} where nothing says so
 * @param source  what says it: a controller method, or the rule of a name
 */
record MappingRow(String methods, String path, String demand, String source) {}
