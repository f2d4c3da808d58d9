-- Nobody looks for the selection of a task, and tasks are never taken away.
DROP INDEX selection_inspection;
DROP INDEX selection_sampling;
DROP INDEX selection_on_site;
